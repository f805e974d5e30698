//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// Formats bytes as two lower-case hexadecimal digits each.
enum HexDigits {
  /// Returns the digits of the upper and the lower half of a byte.
  @inline(__always)
  static func characters(_ byte: UInt8) -> (upper: UInt8, lower: UInt8) {
    (character(byte >> 4), character(byte & 0x0f))
  }

  static func text(_ byte: UInt8) -> String {
    let (upper, lower) = characters(byte)
    return String(decoding: [upper, lower], as: UTF8.self)
  }

  /// Returns the digits, with spaces between bytes: `0a 0b`.
  static func text(_ bytes: some Sequence<UInt8>) -> String {
    bytes.map(text).joined(separator: " ")
  }

  /// Appends the digits, with spaces between bytes.
  static func append(textOf bytes: Span<UInt8>, to output: inout [UInt8]) {
    for index in bytes.indices {
      if index > 0 { output.append(UInt8(ascii: " ")) }
      let (upper, lower) = characters(bytes[index])
      output.append(upper)
      output.append(lower)
    }
  }

  @inline(__always)
  private static func character(_ nibble: UInt8) -> UInt8 {
    nibble &+ (nibble < 10 ? UInt8(ascii: "0") : UInt8(ascii: "a") &- 10)
  }
}
