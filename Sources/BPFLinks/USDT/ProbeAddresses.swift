//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFObjects
internal import BPFSyscall
internal import SystemPackage

/// Where in memory the instructions of static probes are: what programs tell them apart by, on kernels without cookies.
enum ProbeAddresses {
  /// The addresses of some probes of a file.
  ///
  /// Those in a program that is always at the same place are known. Others are where a process has mapped them.
  static func all(
    of probes: [USDTProbe], in file: ExecutableFile, process: Int32?, _ program: Program
  ) throws(BPFError) -> [UInt64] {
    if file.isAtFixedAddress { return probes.map(\.address) }
    guard let process else {
      throw BPFError(
        .attach, .unsupported, program.subject, path: file.path,
        "before Linux 5.15 the static probes of a file that may be mapped anywhere are attached to for one process: "
          + "name the process")
    }
    let path = FilePath("/proc/\(process == 0 ? "self" : "\(process)")/maps")
    let text: String
    do throws(Errno) {
      text = try KernelFile.read(path)
    } catch {
      let (code, text): (BPFError.Code, String) =
        switch error {
        case .noSuchFileOrDirectory, .noSuchProcess: (.notFound, "there is no process \(process)")
        case .permissionDenied, .notPermitted:
          (.permissionDenied, "this process may not see where process \(process) has mapped the file")
        default: (.system, "")
        }
      throw BPFError(.attach, code, errno: error, program.subject, path: path, text)
    }
    // In another mount namespace the file has the process's own path, in a directory that is its root the caller's.
    let names = [ProcessRoot(of: process).ownPath(of: file.path), file.path.resolved ?? file.path]
    let mappings = names.lazy.map { Self.mappings(of: $0, in: text) }.first { !$0.isEmpty } ?? []
    var addresses: [UInt64] = []
    for probe in probes {
      guard let mapping = mappings.first(where: { $0.contains(probe.offset) }) else {
        throw BPFError(
          .attach, .notFound, program.subject, path: file.path,
          "the process \(process) has not mapped the file")
      }
      addresses.append(mapping.start + (probe.offset - mapping.offset))
    }
    return addresses
  }

  /// A part of a file in the memory of a process.
  struct Mapping: Hashable {
    var start: UInt64
    var end: UInt64
    var offset: UInt64

    func contains(_ place: UInt64) -> Bool { place >= offset && place - offset < end - start }
  }

  /// The parts of a file that a process may execute, of the text of /proc/PID/maps:
  ///
  ///     7f3a1c000000-7f3a1c022000 r-xp 00001000 fe:00 1234    /usr/lib/libc.so.6
  static func mappings(of file: FilePath, in text: String) -> [Mapping] {
    text.split(separator: "\n").compactMap { line in
      let words = line.split(separator: " ", maxSplits: 5)
      guard words.count == 6, words[1].contains("x"), words[5].drop(while: { $0 == " " }) == file.string
      else { return nil }
      let bounds = words[0].split(separator: "-").map { UInt64($0, radix: 16) }
      guard bounds.count == 2, let start = bounds[0], let end = bounds[1], start <= end,
        let offset = UInt64(words[2], radix: 16)
      else { return nil }
      return Mapping(start: start, end: end, offset: offset)
    }
  }
}
