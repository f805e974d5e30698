//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// The order in which the kernel steps through the keys of a map.
///
/// Asked for the key after one that was deleted, the kernel starts over. Where the order is known, the keys seen
/// before are told from the rest by comparing with the last one, in constant memory.
enum KeyOrder: Sendable {
  /// By index, ascending.
  case index
  /// Of an LPM trie: longer prefixes before those that contain them, then zero bits before one bits.
  case prefix
  /// Known to the kernel alone.
  case unknown

  /// Whether a key comes after another one; never for keys in unknown order.
  func isKey(_ key: ArraySlice<UInt8>, after other: ArraySlice<UInt8>) -> Bool {
    switch self {
    case .index: KeyOrder.word(key) > KeyOrder.word(other)
    case .prefix: KeyOrder.isPrefix(key, after: other)
    case .unknown: false
    }
  }

  /// The first four bytes, a number in the machine's byte order.
  private static func word(_ key: ArraySlice<UInt8>) -> UInt32 {
    var word: UInt32 = 0
    for (index, byte) in key.prefix(4).enumerated() { word |= UInt32(byte) << (UInt32(index) * 8) }
    return UInt32(littleEndian: word).asMachineWord
  }

  /// The kernel walks its trie in post-order: what is below a node, the branch of zeros first, then the node.
  private static func isPrefix(_ key: ArraySlice<UInt8>, after other: ArraySlice<UInt8>) -> Bool {
    let (length, otherLength) = (Int(word(key)), Int(word(other)))
    let shorter = min(length, otherLength, (key.count - 4) * 8)
    let (bits, otherBits) = (key.dropFirst(4), other.dropFirst(4))
    for index in 0..<(shorter + 7) / 8 {
      let rest = shorter - index * 8
      let mask: UInt8 = rest >= 8 ? 0xff : ~(0xff >> UInt8(rest))
      let byte = bits[bits.startIndex + index] & mask
      let otherByte = otherBits[otherBits.startIndex + index] & mask
      if byte != otherByte { return byte > otherByte }
    }
    return length < otherLength
  }
}

extension UInt32 {
  /// A little-endian reading of bytes as the machine would have read them.
  fileprivate var asMachineWord: UInt32 { UInt32(bigEndian: 1) == 1 ? byteSwapped : self }
}
