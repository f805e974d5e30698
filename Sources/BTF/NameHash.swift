//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// Hashes of names, eight bytes at a time: most names are two or three such words.
enum NameHash {
  /// The hash of a name.
  static func of(_ name: [UInt8]) -> UInt32 {
    let ended = name + [0]
    return unsafe ended.withUnsafeBytes { unsafe of($0, from: 0) }
  }

  /// The hash of the name that begins at an offset, and ends before a NUL, which must be there.
  @inline(__always)
  static func of(_ bytes: UnsafeRawBufferPointer, from start: Int) -> UInt32 {
    var (hash, offset) = (UInt64(0), start)
    while offset + 8 <= bytes.count {
      let word = unsafe UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
      // The lowest bit that is set here is the highest one of the first byte that is NUL.
      let ends = (word &- 0x0101_0101_0101_0101) & ~word & 0x8080_8080_8080_8080
      if ends != 0 {
        let firstBitOfEnd = (ends & (0 &- ends)) >> 7
        return UInt32(truncatingIfNeeded: mixed(hash, word & (firstBitOfEnd - 1)))
      }
      hash = mixed(hash, word)
      offset += 8
    }
    // The last names of all may end before a whole word does.
    var (rest, shift) = (UInt64(0), UInt64(0))
    while unsafe bytes[offset] != 0 {
      rest |= unsafe UInt64(bytes[offset]) << shift
      shift += 8
      offset += 1
    }
    return UInt32(truncatingIfNeeded: mixed(hash, rest))
  }

  /// Takes a word in. Every bit of it makes a difference to the middle of the product, which ends up on both sides.
  @inline(__always)
  private static func mixed(_ hash: UInt64, _ word: UInt64) -> UInt64 {
    let product = (hash ^ word).multipliedFullWidth(by: 0x9e37_79b9_7f4a_7c15)
    return product.high ^ product.low
  }
}
