//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFSyscall
internal import ELF
internal import SystemPackage

extension ExecutableFile {
  /// Finds the separate debug file of a stripped file, as debuggers do.
  ///
  /// Searches by the file's build id below /usr/lib/debug/.build-id, then by the name in `.gnu_debuglink`: in the
  /// file's directory, in its subdirectory `.debug`, and below /usr/lib/debug. Accepts only a file with the same build
  /// id, or without one, with the checksum in `.gnu_debuglink`.
  ///
  /// System calls: those of reading two sections and their names, and of opening each candidate file.
  ///
  /// - Returns: the file; nil if there is none.
  func debugFile() throws(BPFError) -> ExecutableFile? {
    let buildID = try buildID
    if let buildID, let path = pathByBuildID(buildID), let found = try candidate(path, buildID, checksum: nil)
    {
      return found
    }
    guard let link = try debugLink else { return nil }
    for path in paths(of: link.name) {
      if let found = try candidate(path, buildID, checksum: link.checksum) { return found }
    }
    return nil
  }

  /// The build id; nil if the file has none. Section `.note.gnu.build-id`.
  private var buildID: [UInt8]? {
    get throws(BPFError) {
      guard let section = try section(named: ".note.gnu.build-id"), section.kind != .zeros else {
        return nil
      }
      let note = format.reader(try contents(of: section, "its build id"))
      guard note.word(0) == 4, let byteCount = note.word(4), note.word(8) == 3, note.hasName("GNU", at: 12)
      else { return nil }
      return note.part(16, byteCount).map { Array($0.slice) }
    }
  }

  /// The debug file's name and checksum; nil if the file has none. Section `.gnu_debuglink`.
  private var debugLink: (name: String, checksum: UInt32)? {
    get throws(BPFError) {
      guard let section = try section(named: ".gnu_debuglink") else { return nil }
      let link = format.reader(try contents(of: section, "the name of its debug file"))
      // The checksum follows the name, aligned to four bytes.
      guard let name = link.name(0), !name.isEmpty, !name.utf8.contains(UInt8(ascii: "/")),
        let end = link.slice.firstIndex(of: 0),
        let checksum = link.number((end - link.slice.startIndex + 4) & ~3, as: UInt32.self)
      else { return nil }
      return (name, checksum)
    }
  }

  private func pathByBuildID(_ id: [UInt8]) -> FilePath? {
    guard (2...64).contains(id.count) else { return nil }
    let digits = id.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }
    return debugDirectory.appending(".build-id").appending(digits[0])
      .appending(digits[1...].joined() + ".debug")
  }

  private func paths(of name: String) -> [FilePath] {
    var directories = [path.removingLastComponent()]
    // Links in a path below another process's root would lead to this process's files.
    if let resolved = path.resolved?.removingLastComponent(), resolved != directories[0] {
      directories.append(resolved)
    }
    return directories.flatMap { directory in
      [directory, directory.appending(".debug"), debugDirectory.appending(directory.components)].map {
        $0.appending(name)
      }
    }
  }

  /// Opens a debug file; nil if it does not exist, or belongs to another file.
  private func candidate(
    _ path: FilePath, _ id: [UInt8]?, checksum: UInt32?
  ) throws(BPFError) -> ExecutableFile? {
    do throws(BPFError) {
      let file = try ExecutableFile(at: path, debugDirectory: debugDirectory)
      guard file.header.machine == header.machine, file.format.isWide == format.isWide,
        !file.sections(ofKind: .symbols).isEmpty
      else { return nil }
      if let id, let theirs = try file.buildID { return theirs == id ? file : nil }
      guard let checksum else { return nil }
      return try file.bytes.checksum() == checksum ? file : nil
    } catch {
      // Without descriptors, the search is inconclusive. After any other error, the candidate is not a debug file.
      if error.code == .outOfResources { throw error }
      return nil
    }
  }
}
