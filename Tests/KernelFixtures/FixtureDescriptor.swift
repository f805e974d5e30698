//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import SystemPackage

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// A descriptor of any kind that a test owns: it closes itself when the last reference goes.
package final class FixtureDescriptor: Sendable {
  package let number: Int32

  package init(adopting number: Int32) { self.number = number }

  deinit { close(number) }

  /// A file, open to be read or run.
  package static func opened(_ path: String) throws(FixtureError) -> FixtureDescriptor {
    let number = open(path, O_RDONLY | O_CLOEXEC)
    return FixtureDescriptor(adopting: try check(number < 0 ? -errno : number, "open \(path)"))
  }

  package var fileDescriptor: FileDescriptor { FileDescriptor(rawValue: number) }

  /// The number as maps take it for a key or a value: 4 bytes in the machine's order.
  package var bytes: [UInt8] { number.bytes }

  /// The number as maps with 8-byte values take it.
  package var wideBytes: [UInt8] { Int64(number).bytes }
}

extension FixedWidthInteger {
  /// The integer as it stands in memory.
  package var bytes: [UInt8] { withUnsafeBytes(of: self) { Array($0) } }

  /// The integer that `bytes` are the memory of; missing bytes count as zero.
  package init(bytes: some Sequence<UInt8>) {
    self = 0
    withUnsafeMutableBytes(of: &self) { memory in
      for (index, byte) in bytes.enumerated() where index < memory.count { memory[index] = byte }
    }
  }
}
