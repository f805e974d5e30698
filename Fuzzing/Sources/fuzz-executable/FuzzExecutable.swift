//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
@testable import BPFLinks
@testable import BPFSyscall
import FuzzSupport
import Glibc

/// Fuzzes readers of executable files: functions by name and pattern, USDT probes with their arguments, separate debug
/// files, the Go function table, and the dynamic linker's cache.
@main
enum FuzzExecutable {
  static func main() {
    let file = MemoryFile()
    Fuzzer.run { bytes in
      lookAtCache(bytes)
      file.write(bytes)
      guard
        let executable = Fuzzer.attempt(
          .malformed,
          body: { () throws(BPFError) in try ExecutableFile(at: file.path, debugDirectory: "/none") })
      else { return }
      find(in: executable)
      list(executable)
      lookAtProbes(executable)
    }
  }

  private static func find(in file: ExecutableFile) {
    for name in ["probed_sum", "probed_versioned@PROBED_1", "twin", "main.first", "puts", "a"] {
      let offset = Fuzzer.attempt(.malformed, .notFound, .ambiguous, .unsupported, .invalidArgument) {
        () throws(BPFError) in try file.offset(of: name)
      }
      if let offset { Fuzzer.require(file.isExecutable(at: offset), "\(name) is not executable") }
    }
  }

  private static func list(_ file: ExecutableFile) {
    for pattern in ["*", "*a*b?c*", "main.*"] {
      let functions = Fuzzer.attempt(.malformed, .notFound) { () throws(BPFError) in
        try file.functions(matching: pattern)
      }
      guard let functions else { continue }
      let pattern = NamePattern(pattern)
      var previous: UInt64?
      for function in functions {
        Fuzzer.require(file.isExecutable(at: function.offset), "\(function) is not executable")
        Fuzzer.require(previous.map { $0 < function.offset } != false, "\(function) is out of order")
        previous = function.offset
      }
      // Names that are not valid UTF-8 have other bytes after decoding.
      for function in functions where !function.name.unicodeScalars.contains("\u{fffd}") {
        Fuzzer.require(
          pattern.matches(Array(function.name.utf8)[...]), "\(function) does not match the pattern")
      }
    }
  }

  private static func lookAtProbes(_ file: ExecutableFile) {
    let probes = Fuzzer.attempt(.malformed) { () throws(BPFError) in try file.usdtProbes() }
    for probe in probes ?? [] {
      Fuzzer.require(file.isExecutable(at: probe.offset), "\(probe) is not executable")
      Fuzzer.require(
        probe.semaphoreObstacle?.explanation.isEmpty != true, "an obstacle without an explanation: \(probe)")
      for architecture in [Architecture.x86_64, .arm64] {
        guard case .success(let arguments) = ProbeArgument.all(in: probe.arguments, architecture) else {
          continue
        }
        Fuzzer.require(
          arguments.allSatisfy { $0.bytes.count == 16 }, "\(probe) has arguments of the wrong size")
      }
    }
  }

  private static func lookAtCache(_ bytes: [UInt8]) {
    let paths = LibraryCache.paths(of: "libc.so.6", in: bytes, variants: ["x86-64-v3", "x86-64-v2"])
    Fuzzer.require(paths.count <= 256, "there are \(paths.count) paths")
  }
}

/// A file in memory that is overwritten for each input.
private struct MemoryFile {
  private let descriptor: FileDescriptor
  var path: FilePath { FilePath("/proc/self/fd/\(descriptor.rawValue)") }

  init() {
    let path = FilePath("/dev/shm/fuzz-executable-\(getpid())")
    guard
      let file = try? FileDescriptor.open(
        path, .readWrite, options: [.create, .truncate], permissions: .ownerReadWrite)
    else { fatalError("cannot create a file in /dev/shm") }
    // The unlinked file is freed when the process ends.
    unlink(path.string)
    descriptor = file
  }

  func write(_ bytes: [UInt8]) {
    guard ftruncate(descriptor.rawValue, 0) == 0, (try? descriptor.seek(offset: 0, from: .start)) != nil,
      (try? descriptor.writeAll(bytes)) == bytes.count
    else { fatalError("cannot write to the file in /dev/shm") }
  }
}

@_cdecl("LLVMFuzzerCustomMutator")
func mutate(_ bytes: UnsafeMutablePointer<UInt8>?, _ count: Int, _ capacity: Int, _ seed: UInt32) -> Int {
  var mutator = Mutator(seed: seed)
  return mutator.mutate(.init(start: bytes, count: capacity), count: count, parts: FileParts.executable)
}
