//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// Bytes as two lower-case hexadecimal digits each.
enum HexDigits {
  /// The character of the upper and of the lower half of a byte.
  @inline(__always)
  static func characters(_ byte: UInt8) -> (upper: UInt8, lower: UInt8) {
    (character(byte >> 4), character(byte & 0x0f))
  }

  static func text(_ byte: UInt8) -> String {
    let (upper, lower) = characters(byte)
    return String(decoding: [upper, lower], as: UTF8.self)
  }

  /// Digits with a blank between two bytes: `0a 0b`.
  static func text(_ bytes: some Sequence<UInt8>) -> String {
    bytes.map(text).joined(separator: " ")
  }

  @inline(__always)
  private static func character(_ nibble: UInt8) -> UInt8 {
    nibble &+ (nibble < 10 ? UInt8(ascii: "0") : UInt8(ascii: "a") &- 10)
  }
}
