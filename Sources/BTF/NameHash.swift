//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// Hashes of names, computed eight bytes at a time. Most names have two or three such words.
enum NameHash {
  /// Returns the hash of a name.
  static func of(_ name: [UInt8]) -> UInt32 {
    let ended = name + [0]
    return unsafe ended.withUnsafeBytes { unsafe of($0, from: 0) }
  }

  /// Returns the hash of the NUL-terminated name at an offset.
  @inline(__always)
  static func of(_ bytes: UnsafeRawBufferPointer, from start: Int) -> UInt32 {
    var (hash, offset) = (UInt64(0), start)
    while offset + 8 <= bytes.count {
      let word = unsafe UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
      // The lowest set bit is the highest bit of the first NUL byte.
      let ends = (word &- 0x0101_0101_0101_0101) & ~word & 0x8080_8080_8080_8080
      if ends != 0 {
        let firstBitOfEnd = (ends & (0 &- ends)) >> 7
        return UInt32(truncatingIfNeeded: mixed(hash, word & (firstBitOfEnd - 1)))
      }
      hash = mixed(hash, word)
      offset += 8
    }
    // The last names may end before a full word.
    var (rest, shift) = (UInt64(0), UInt64(0))
    while unsafe bytes[offset] != 0 {
      rest |= unsafe UInt64(bytes[offset]) << shift
      shift += 8
      offset += 1
    }
    return UInt32(truncatingIfNeeded: mixed(hash, rest))
  }

  /// Mixes a word into a hash. Every bit affects the middle of the product, which is part of both halves.
  @inline(__always)
  private static func mixed(_ hash: UInt64, _ word: UInt64) -> UInt64 {
    let product = (hash ^ word).multipliedFullWidth(by: 0x9e37_79b9_7f4a_7c15)
    return product.high ^ product.low
  }
}
