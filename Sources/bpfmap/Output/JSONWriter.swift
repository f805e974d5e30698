//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// A streaming writer of JSON (RFC 8259).
///
/// Replaces Foundation's encoder, since loading Foundation takes longer than a whole command on one element.
struct JSONWriter {
  private(set) var bytes: [UInt8] = []
  /// Whether the next value in the current object or array must be preceded by a comma.
  private var needsComma = false

  mutating func object<E: Error>(_ body: (inout JSONWriter) throws(E) -> Void) throws(E) {
    try nested("{", "}", body)
  }

  mutating func array<E: Error>(_ body: (inout JSONWriter) throws(E) -> Void) throws(E) {
    try nested("[", "]", body)
  }

  /// Writes the name of a member. The member's value must follow.
  mutating func key(_ name: String) {
    separate()
    quote(name)
    bytes.append(UInt8(ascii: ":"))
    needsComma = false
  }

  mutating func string(_ text: String?) {
    guard let text else { return null() }
    separate()
    quote(text)
  }

  mutating func number(_ number: (some BinaryInteger)?) {
    guard let number else { return null() }
    raw(String(number))
  }

  /// Writes a floating-point number by its text; null for NaN and infinities, which JSON cannot represent.
  mutating func number(_ number: Double, text: String) {
    number.isFinite ? raw(text) : null()
  }

  mutating func bool(_ value: Bool?) {
    guard let value else { return null() }
    raw(value ? "true" : "false")
  }

  mutating func null() {
    raw("null")
  }

  /// Writes a value that is already JSON.
  mutating func verbatim(_ json: [UInt8]) {
    separate()
    bytes += json
  }

  /// Writes bytes as an array of strings like `"0x0a"`, as in bpftool.
  mutating func byteArray(_ data: some Sequence<UInt8>) {
    array { json in
      for byte in data { json.string("0x" + HexDigits.text(byte)) }
    }
  }

  mutating func member(_ name: String, _ text: String?) {
    key(name)
    string(text)
  }

  mutating func member(_ name: String, _ number: (some BinaryInteger)?) {
    key(name)
    self.number(number)
  }

  private mutating func nested<E: Error>(
    _ open: Unicode.Scalar, _ close: Unicode.Scalar, _ body: (inout JSONWriter) throws(E) -> Void
  ) throws(E) {
    separate()
    bytes.append(UInt8(ascii: open))
    needsComma = false
    try body(&self)
    bytes.append(UInt8(ascii: close))
    needsComma = true
  }

  private mutating func raw(_ text: String) {
    separate()
    bytes.append(contentsOf: text.utf8)
  }

  private mutating func separate() {
    if needsComma { bytes.append(UInt8(ascii: ",")) }
    needsComma = true
  }

  private mutating func quote(_ text: String) {
    bytes.append(UInt8(ascii: "\""))
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"):
        bytes.append(UInt8(ascii: "\\"))
        bytes.append(byte)
      case UInt8(ascii: "\n"): bytes.append(contentsOf: "\\n".utf8)
      case UInt8(ascii: "\r"): bytes.append(contentsOf: "\\r".utf8)
      case UInt8(ascii: "\t"): bytes.append(contentsOf: "\\t".utf8)
      case 0..<0x20: bytes.append(contentsOf: ("\\u00" + HexDigits.text(byte)).utf8)
      default: bytes.append(byte)
      }
    }
    bytes.append(UInt8(ascii: "\""))
  }
}
