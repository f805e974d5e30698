//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// The order in which the kernel returns the keys of a map.
///
/// If a sweep asks for the key after one that was deleted, the kernel starts over. With a known order, comparing with
/// the last key shows which keys were already seen, in constant memory.
package enum KeyOrder: Sendable {
  /// Ascending by index.
  case index
  /// The order of an LPM trie: longer prefixes before the shorter ones that contain them, zero bits before one bits.
  case prefix
  /// An order that only the kernel knows.
  case unknown

  /// Returns whether a key comes after another key; always false for an unknown order.
  func isKey(_ key: ArraySlice<UInt8>, after other: ArraySlice<UInt8>) -> Bool {
    switch self {
    case .index: KeyOrder.word(key) > KeyOrder.word(other)
    case .prefix: KeyOrder.isPrefix(key, after: other)
    case .unknown: false
    }
  }

  /// Returns the first four bytes as a number in native byte order.
  private static func word(_ key: ArraySlice<UInt8>) -> UInt32 {
    var word: UInt32 = 0
    for (index, byte) in key.prefix(4).enumerated() { word |= UInt32(byte) << (UInt32(index) * 8) }
    return UInt32(littleEndian: word).asMachineWord
  }

  /// Returns whether a prefix comes after another prefix. The kernel walks its trie in post-order: a node's children,
  /// zeros first, then the node.
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
  /// Bytes assembled as little-endian, converted to the value that a native load returns.
  fileprivate var asMachineWord: UInt32 { UInt32(bigEndian: 1) == 1 ? byteSwapped : self }
}
