//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPFSyscall
import KernelFixtures
import SystemPackage

/// Compresses with gzip(1).
enum GzipFile {
  /// Compresses bytes, without a file name in the header.
  static func compress(_ bytes: [UInt8], _ level: String) throws -> [UInt8] {
    // gzip skips files with the suffix of compressed files.
    let path = FilePath("/tmp/\(UniqueName.next()).bytes")
    let file = try FileDescriptor.open(
      path, .writeOnly, options: [.create, .truncate], permissions: .ownerReadWrite)
    try file.closeAfter { _ = try file.writeAll(bytes) }
    let compressed = FilePath("\(path).gz")
    defer { for path in [path, compressed] { _ = try? Command.run("rm", ["-f", "\(path)"]) } }
    let command = try Command.run("gzip", ["-n", "-k", level, "\(path)"])
    guard command.status == 0 else { throw GzipFailure(message: command.standardError) }
    return try KernelFile.bytes(of: compressed)
  }

  struct GzipFailure: Error {
    let message: String
  }
}

/// A random number generator with the same numbers in each run.
struct SeededRandom: RandomNumberGenerator {
  private var state: UInt64

  init(_ seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    // SplitMix64.
    state &+= 0x9e37_79b9_7f4a_7c15
    var word = state
    word = (word ^ (word >> 30)) &* 0xbf58_476d_1ce4_e5b9
    word = (word ^ (word >> 27)) &* 0x94d0_49bb_1331_11eb
    return word ^ (word >> 31)
  }
}
