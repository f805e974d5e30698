//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// The checksum of gzip files, and of separate debug files.
package struct CRC32 {
  private var remainder = UInt32.max

  /// Creates the checksum of the given bytes; more can be added.
  package init(of bytes: ArraySlice<UInt8> = []) { add(bytes) }

  /// Adds bytes to the checksum.
  package mutating func add(_ bytes: ArraySlice<UInt8>) {
    for byte in bytes {
      remainder = CRC32.table[Int(UInt8(truncatingIfNeeded: remainder) ^ byte)] ^ remainder >> 8
    }
  }

  /// The checksum of all bytes so far.
  package var checksum: UInt32 { ~remainder }

  /// The remainders by byte value.
  private static let table: [UInt32] = (0..<256).map { byte in
    (0..<8).reduce(UInt32(byte)) { remainder, _ in
      remainder & 1 != 0 ? 0xedb8_8320 ^ remainder >> 1 : remainder >> 1
    }
  }
}
