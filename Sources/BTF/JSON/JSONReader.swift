//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

package import BPFSyscall

/// Parses JSON strictly by RFC 8259: no comments, no trailing commas, no numbers with a leading 0.
package struct JSONReader {
  /// The maximum nesting of arrays and objects.
  private static let maximumDepth = 160

  private let bytes: [UInt8]
  private var position = 0

  private init(_ text: String) { bytes = Array(text.utf8) }

  /// Returns the single value in a text.
  package static func value(in text: String) throws(BPFError) -> JSONValue {
    var reader = JSONReader(text)
    let value = try reader.value(depth: 0)
    reader.skipSpace()
    guard reader.next == nil else { throw reader.unexpected("the end") }
    return value
  }

  // MARK: - Characters

  private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

  private mutating func skipSpace() {
    while let byte = next, byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 { position += 1 }
  }

  /// Consumes a character if it is the next one.
  private mutating func consume(_ character: Unicode.Scalar) -> Bool {
    guard next == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  private mutating func expect(_ character: Unicode.Scalar) throws(BPFError) {
    guard consume(character) else { throw unexpected("'\(character)'") }
  }

  private func failure(_ reason: String) -> BPFError {
    let before = bytes[..<position]
    let line = before.count { $0 == 0x0a } + 1
    let column = position - (before.lastIndex(of: 0x0a) ?? -1)
    return BPFError(.readValue, .malformed, "not valid JSON: line \(line), byte \(column): \(reason)")
  }

  private func unexpected(_ expected: String) -> BPFError {
    guard next != nil else { return failure("expected \(expected) at the end") }
    let rest = String(decoding: bytes[position...].prefix(12), as: UTF8.self)
    return failure("expected \(expected) before '\(rest.split(separator: "\n").first ?? "")'")
  }

  // MARK: - Values

  private mutating func value(depth: Int) throws(BPFError) -> JSONValue {
    guard depth < JSONReader.maximumDepth else {
      throw failure("arrays and objects are nested more than \(JSONReader.maximumDepth) deep")
    }
    skipSpace()
    switch next {
    case UInt8(ascii: "{"): return try object(depth: depth)
    case UInt8(ascii: "["): return try array(depth: depth)
    case UInt8(ascii: "\""): return .string(try string())
    case _? where startsNumber: return .number(try number())
    default:
      for (word, value) in [("true", JSONValue.boolean(true)), ("false", .boolean(false)), ("null", .null)]
      where bytes[position...].starts(with: word.utf8) {
        position += word.utf8.count
        return value
      }
      throw unexpected("a value")
    }
  }

  private var startsNumber: Bool {
    next == UInt8(ascii: "-") || next.map((UInt8(ascii: "0")...UInt8(ascii: "9")).contains) == true
  }

  private mutating func object(depth: Int) throws(BPFError) -> JSONValue {
    var members: [(name: String, value: JSONValue)] = []
    try expect("{")
    skipSpace()
    if consume("}") { return .object(members) }
    repeat {
      skipSpace()
      guard next == UInt8(ascii: "\"") else { throw unexpected("a name in quotation marks") }
      let name = try string()
      skipSpace()
      try expect(":")
      members.append((name, try value(depth: depth + 1)))
      skipSpace()
    } while consume(",")
    try expect("}")
    return .object(members)
  }

  private mutating func array(depth: Int) throws(BPFError) -> JSONValue {
    var elements: [JSONValue] = []
    try expect("[")
    skipSpace()
    if consume("]") { return .array(elements) }
    repeat {
      elements.append(try value(depth: depth + 1))
      skipSpace()
    } while consume(",")
    try expect("]")
    return .array(elements)
  }
}

// MARK: - Numbers

extension JSONReader {
  private mutating func number() throws(BPFError) -> JSONNumber {
    let start = position
    let isNegative = consume("-")
    let digits = try digits()
    guard digits.count == 1 || digits.first != UInt8(ascii: "0") else {
      throw failure("a number begins with 0")
    }
    if consume(".") { _ = try self.digits() }
    if consume("e") || consume("E") {
      if !consume("+") { _ = consume("-") }
      _ = try self.digits()
    }
    let isInteger = position == start + digits.count + (isNegative ? 1 : 0)
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    let magnitude = isInteger ? JSONReader.magnitude(digits) : nil
    return JSONNumber(
      text: text, integer: magnitude.map { JSONInteger($0, isNegative: isNegative, text: text) },
      isInteger: isInteger)
  }

  private mutating func digits() throws(BPFError) -> ArraySlice<UInt8> {
    let digits = bytes[position...].prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    guard !digits.isEmpty else { throw unexpected("a digit") }
    position = digits.endIndex
    return digits
  }

  private static func magnitude(_ digits: ArraySlice<UInt8>) -> UInt128? {
    var magnitude: UInt128 = 0
    for digit in digits {
      let (tenfold, overflow) = magnitude.multipliedReportingOverflow(by: 10)
      let (sum, carry) = tenfold.addingReportingOverflow(UInt128(digit - UInt8(ascii: "0")))
      guard !overflow, !carry else { return nil }
      magnitude = sum
    }
    return magnitude
  }
}

// MARK: - Strings

extension JSONReader {
  private mutating func string() throws(BPFError) -> String {
    try expect("\"")
    var text: [UInt8] = []
    while true {
      let plain = bytes[position...].prefix {
        $0 >= 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\")
      }
      text += plain
      position = plain.endIndex
      if consume("\"") { return String(decoding: text, as: UTF8.self) }
      guard consume("\\") else { throw unexpected("a quotation mark") }
      text += String(Character(try escaped())).utf8
    }
  }

  /// Returns the character of an escape sequence after the backslash.
  private mutating func escaped() throws(BPFError) -> Unicode.Scalar {
    for (letter, scalar) in JSONReader.escapes where consume(letter) { return scalar }
    guard consume("u") else { throw unexpected("a valid escape sequence") }
    let first = try unit()
    if let scalar = Unicode.Scalar(first) { return scalar }
    // A character beyond 16 bits is a surrogate pair.
    guard first & 0xfc00 == 0xd800, consume("\\"), consume("u") else {
      throw failure("a surrogate is unpaired")
    }
    let second = try unit()
    let value = 0x10000 + (UInt32(first & 0x3ff) << 10 | UInt32(second & 0x3ff))
    guard second & 0xfc00 == 0xdc00, let scalar = Unicode.Scalar(value) else {
      throw failure("a surrogate is unpaired")
    }
    return scalar
  }

  private static let escapes: [(Unicode.Scalar, Unicode.Scalar)] = [
    ("\"", "\""), ("\\", "\\"), ("/", "/"), ("b", "\u{8}"), ("f", "\u{c}"), ("n", "\n"), ("r", "\r"),
    ("t", "\t"),
  ]

  /// Returns the value of four hexadecimal digits.
  private mutating func unit() throws(BPFError) -> UInt16 {
    let digits = bytes[position...].prefix(4)
    let text = String(decoding: digits, as: UTF8.self)
    guard digits.count == 4, text.allSatisfy(\.isHexDigit), let unit = UInt16(text, radix: 16) else {
      throw unexpected("four hexadecimal digits")
    }
    position += 4
    return unit
  }
}
