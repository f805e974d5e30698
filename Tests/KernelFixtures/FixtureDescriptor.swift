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

/// A descriptor of any kind, closed when its last reference is released.
package final class FixtureDescriptor: Sendable {
  package let number: Int32

  package init(adopting number: Int32) { self.number = number }

  deinit { close(number) }

  /// Opens a file read-only.
  package static func opened(_ path: String) throws(FixtureError) -> FixtureDescriptor {
    let number = open(path, O_RDONLY | O_CLOEXEC)
    return FixtureDescriptor(adopting: try check(number < 0 ? -errno : number, "open \(path)"))
  }

  package var fileDescriptor: FileDescriptor { FileDescriptor(rawValue: number) }

  /// The number as a 4-byte key or value, in the machine's byte order.
  package var bytes: [UInt8] { number.bytes }

  /// The number as an 8-byte value, in the machine's byte order.
  package var wideBytes: [UInt8] { Int64(number).bytes }
}

extension FixedWidthInteger {
  /// The integer's bytes, in the machine's byte order.
  package var bytes: [UInt8] { withUnsafeBytes(of: self) { Array($0) } }

  /// Creates an integer from its bytes in the machine's byte order. Missing bytes count as zero.
  package init(bytes: some Sequence<UInt8>) {
    self = 0
    withUnsafeMutableBytes(of: &self) { memory in
      for (index, byte) in bytes.enumerated() where index < memory.count { memory[index] = byte }
    }
  }
}
