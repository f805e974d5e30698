//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// A streaming writer of JSON (RFC 8259).
///
/// Replaces Foundation's encoder: loading Foundation takes longer than a whole `bpfmap` command on one element.
package struct JSONWriter {
  /// The JSON written so far.
  package private(set) var bytes: [UInt8] = []

  /// Whether the next value in the current object or array must be preceded by a comma.
  private var needsComma = false

  package init() {}

  /// Takes over a buffer, to append to it without copying it. The buffer is empty until ``bytes`` are assigned to it.
  package init(taking buffer: inout [UInt8]) { swap(&bytes, &buffer) }

  /// Takes over a buffer that ends after a member of an object, to append further members without copying it.
  package init(continuingObjectIn buffer: inout [UInt8]) {
    swap(&bytes, &buffer)
    needsComma = true
  }

  // MARK: - Objects and arrays

  package mutating func object<E: Error>(_ body: (inout JSONWriter) throws(E) -> Void) throws(E) {
    beginObject()
    try body(&self)
    endObject()
  }

  package mutating func array<E: Error>(_ body: (inout JSONWriter) throws(E) -> Void) throws(E) {
    beginArray()
    try body(&self)
    endArray()
  }

  package mutating func beginObject() { begin(UInt8(ascii: "{")) }

  package mutating func endObject() { end(UInt8(ascii: "}")) }

  package mutating func beginArray() { begin(UInt8(ascii: "[")) }

  package mutating func endArray() { end(UInt8(ascii: "]")) }

  private mutating func begin(_ bracket: UInt8) {
    separate()
    bytes.append(bracket)
    needsComma = false
  }

  private mutating func end(_ bracket: UInt8) {
    bytes.append(bracket)
    needsComma = true
  }

  /// Writes the name of a member. The member's value must follow.
  package mutating func key(_ name: String) { key(name.utf8.span) }

  /// Writes the name of a member, in UTF-8.
  mutating func key(_ name: Span<UInt8>) {
    separate()
    quote(name)
    bytes.append(UInt8(ascii: ":"))
    needsComma = false
  }

  package mutating func member(_ name: String, _ text: String?) {
    key(name)
    string(text)
  }

  package mutating func member(_ name: String, _ number: (some BinaryInteger)?) {
    key(name)
    self.number(number)
  }

  // MARK: - Values

  package mutating func string(_ text: String?) {
    guard let text else { return null() }
    string(text.utf8.span)
  }

  /// Writes a string in UTF-8.
  mutating func string(_ text: Span<UInt8>) {
    separate()
    quote(text)
  }

  package mutating func number(_ number: (some BinaryInteger)?) {
    guard let number else { return null() }
    self.number(text: String(number))
  }

  mutating func number(_ number: UInt64) {
    separate()
    bytes.append(decimal: number)
  }

  mutating func number(_ number: Int64) {
    separate()
    bytes.append(decimal: number)
  }

  /// Writes a floating-point number by its text; null for NaN and infinities, which JSON cannot represent.
  package mutating func number(_ number: Double, text: String) {
    number.isFinite ? self.number(text: text) : null()
  }

  /// Writes a number by its text.
  package mutating func number(text: String) {
    separate()
    bytes.append(contentsOf: text.utf8)
  }

  package mutating func bool(_ value: Bool?) {
    guard let value else { return null() }
    number(text: value ? "true" : "false")
  }

  package mutating func null() { number(text: "null") }

  /// Writes a value that is already JSON.
  package mutating func verbatim(_ json: [UInt8]) {
    separate()
    bytes += json
  }

  /// Writes bytes as an array of strings like `"0x0a"`, as in bpftool.
  package mutating func byteArray(_ data: Span<UInt8>) {
    beginArray()
    for index in data.indices {
      separate()
      bytes += "\"0x".utf8
      appendDigits(data[index])
      bytes.append(UInt8(ascii: "\""))
    }
    endArray()
  }

  // MARK: - Bytes

  private mutating func separate() {
    if needsComma { bytes.append(UInt8(ascii: ",")) }
    needsComma = true
  }

  private mutating func quote(_ text: Span<UInt8>) {
    bytes.append(UInt8(ascii: "\""))
    for index in text.indices {
      switch text[index] {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"):
        bytes.append(UInt8(ascii: "\\"))
        bytes.append(text[index])
      case UInt8(ascii: "\n"): bytes += "\\n".utf8
      case UInt8(ascii: "\r"): bytes += "\\r".utf8
      case UInt8(ascii: "\t"): bytes += "\\t".utf8
      case 0..<0x20:
        bytes += "\\u00".utf8
        appendDigits(text[index])
      default: bytes.append(text[index])
      }
    }
    bytes.append(UInt8(ascii: "\""))
  }

  /// Appends the two hexadecimal digits of a byte.
  private mutating func appendDigits(_ byte: UInt8) {
    bytes.append(JSONWriter.digit(byte >> 4))
    bytes.append(JSONWriter.digit(byte & 0xf))
  }

  private static func digit(_ number: UInt8) -> UInt8 {
    number + (number < 10 ? UInt8(ascii: "0") : UInt8(ascii: "a") - 10)
  }
}
