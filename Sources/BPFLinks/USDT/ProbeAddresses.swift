//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFObjects
internal import BPFSyscall
internal import ELF
internal import SystemPackage

/// The memory addresses of USDT probes, by which programs identify probes on kernels without cookies.
enum ProbeAddresses {
  /// Returns the addresses of some of a file's probes.
  ///
  /// The addresses in a program with fixed addresses are known. Others depend on where a process has mapped the file.
  static func all(
    of probes: [USDTProbe], in file: ExecutableFile, process: Int32?, _ program: Program
  ) throws(BPFError) -> [UInt64] {
    if file.isAtFixedAddress { return probes.map(\.address) }
    guard let process else {
      throw BPFError(
        .attach, .unsupported, program.subject, path: file.path,
        "before Linux 5.15, attaching to the USDT probes of a position-independent file requires a process: "
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
          (.permissionDenied, "this process may not read the mappings of process \(process)")
        default: (.system, "")
        }
      throw BPFError(.attach, code, errno: error, program.subject, path: path, text)
    }
    // The maps file shows the process's own path in another mount namespace, but the caller's path in another root
    // directory.
    let names = [ProcessRoot(of: process).ownPath(of: file.path), file.path.resolved ?? file.path]
    let mappings = names.lazy.map { Self.mappings(of: $0, in: text) }.first { !$0.isEmpty } ?? []
    var addresses: [UInt64] = []
    for probe in probes {
      guard let mapping = mappings.first(where: { $0.contains(probe.offset) }) else {
        throw BPFError(
          .attach, .notFound, program.subject, path: file.path,
          "process \(process) has not mapped the file")
      }
      addresses.append(mapping.start + (probe.offset - mapping.offset))
    }
    return addresses
  }

  /// A mapping of a part of a file in a process.
  struct Mapping: Hashable {
    var start: UInt64
    var end: UInt64
    var offset: UInt64

    func contains(_ fileOffset: UInt64) -> Bool { fileOffset >= offset && fileOffset - offset < end - start }
  }

  /// Returns the executable mappings of a file, from the text of /proc/PID/maps:
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
