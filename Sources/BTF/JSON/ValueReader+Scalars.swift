//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFSyscall

// Scalars of values: numbers, enumerators and bytes.

extension ValueReader {
  /// Returns an integer, written in decimal, or in hexadecimal as a string.
  func integer(_ json: JSONValue, _ expected: String) throws(BPFError) -> JSONInteger {
    switch json {
    case .number(let number):
      if let integer = number.integer { return integer }
      throw failure(
        number.isInteger
          ? "\(number.text) does not fit in 128 bits" : "\(number.text) is not an integer in digits"
      )
    case .string(let text) where text.hasPrefix("0x"):
      let digits = text.dropFirst(2)
      guard digits.allSatisfy(\.isHexDigit), let magnitude = UInt128(digits, radix: 16) else {
        throw failure("\(json.noun) is not a hexadecimal number of up to 128 bits")
      }
      return JSONInteger(magnitude, text: text)
    default: throw unexpected(json, expected)
    }
  }

  /// Sets a field to a number, if it fits.
  mutating func set(
    _ number: JSONInteger, isSigned: Bool, at field: ValueBytes.Field
  ) throws(BPFError) {
    let bits = field.bitCount
    let most = bits == 0 ? 0 : UInt128.max >> UInt128(128 - bits)
    let limit = isSigned && bits > 0 ? most / 2 + (number.isNegative ? 1 : 0) : most
    guard number.magnitude <= limit, isSigned || !number.isNegative else {
      throw failure(
        "\(number.text) does not fit in \(bits)"
          + (isSigned ? " signed bits" : number.isNegative ? " unsigned bits" : " bits"))
    }
    try set(bits: number.isNegative ? 0 &- number.magnitude : number.magnitude, at: field)
  }

  private mutating func set(bits: UInt128, at field: ValueBytes.Field) throws(BPFError) {
    guard value.set(bits, at: field) else {
      throw BPFError(.readValue, .invalidArgument, subject + ValueReader.disagreement)
    }
  }

  mutating func set(byte: UInt8, at offset: Int) throws(BPFError) {
    if let field = value.field(at: offset, 1) { try set(bits: UInt128(byte), at: field) }
  }

  // MARK: - Integers

  mutating func read(
    _ json: JSONValue, as encoding: BTFType.IntegerEncoding, at field: ValueBytes.Field
  ) throws(BPFError) {
    guard encoding.isBoolean else {
      return try set(integer(json, "an integer"), isSigned: encoding.isSigned, at: field)
    }
    switch json {
    case .boolean(true):
      // Any nonzero bits are true.
      value.constrain(field, defaultingTo: 1, from: subject) { $0 != 0 }
    case .boolean(false): try set(bits: 0, at: field)
    default:
      let number = try integer(json, "true or false")
      guard number.magnitude <= 1, !number.isNegative else { throw unexpected(json, "true or false") }
      try set(bits: number.magnitude, at: field)
    }
  }

  mutating func read(
    _ json: JSONValue, asEnumeration type: BTFType, at field: ValueBytes.Field
  ) throws(BPFError) {
    let number: JSONInteger
    if case .string(let name) = json, !name.hasPrefix("0x") {
      guard let known = type.enumerators.first(where: { $0.name == name }) else {
        throw failure(
          "\(type.described) has no '\(name)'" + ValueReader.list(type.enumerators.lazy.map(\.name)))
      }
      number = JSONInteger(known.value.magnitude, isNegative: known.value < 0, text: name)
    } else {
      number = try integer(json, "an enumerator of \(type.described) or a number")
    }
    try set(number, isSigned: type.isSignedEnumeration, at: field)
  }

  mutating func read(
    _ json: JSONValue, asBitsOf type: BTFType, _ bitOffset: Int, _ bitCount: Int
  ) throws(BPFError) {
    guard let field = value.field(ofBits: bitOffset, bitCount), let type = type.unmodified else {
      throw failure("its \(bitCount) bits cannot have a value here")
    }
    if type.kind == .enumeration || type.kind == .enumeration64 {
      try read(json, asEnumeration: type, at: field)
    } else if let encoding = type.integer {
      try read(json, as: encoding, at: field)
    } else {
      try set(integer(json, "an integer"), isSigned: false, at: field)
    }
  }

  // MARK: - Floating-point numbers

  mutating func read(_ json: JSONValue, asFloatAt field: ValueBytes.Field) throws(BPFError) {
    let number: Double
    switch json {
    case .string("nan"):
      let isDouble = field.byteCount == 8
      // Many bit patterns are NaN.
      return value.constrain(
        field, defaultingTo: isDouble ? UInt128(Double.nan.bitPattern) : UInt128(Float.nan.bitPattern),
        from: subject
      ) {
        isDouble
          ? Double(bitPattern: UInt64(truncatingIfNeeded: $0)).isNaN
          : Float(bitPattern: UInt32(truncatingIfNeeded: $0)).isNaN
      }
    case .string("inf"): number = .infinity
    case .string("-inf"): number = -.infinity
    case .number(let written):
      guard let finite = written.floating, field.byteCount == 8 || Float(finite).isFinite else {
        throw failure("\(written.text) does not fit in a floating-point number of \(field.byteCount) bytes")
      }
      number = finite
    default: throw unexpected(json, "a number")
    }
    let bits = field.byteCount == 8 ? UInt128(number.bitPattern) : UInt128(Float(number).bitPattern)
    try set(bits: bits, at: field)
  }

  // MARK: - Bytes

  /// Reads bytes of unknown format.
  mutating func read(_ json: JSONValue, asBytesAt offset: Int, _ byteCount: Int) throws(BPFError) {
    let expected = "an array of \(byteCount) bytes, or twice as many hexadecimal digits"
    switch json {
    case .array(let elements):
      guard elements.count == byteCount else { throw unexpected(json, expected) }
      for (index, element) in elements.enumerated() {
        guard case .number(let number) = element, let integer = number.integer, !integer.isNegative,
          let byte = UInt8(exactly: integer.magnitude)
        else { throw unexpected(element, "a byte") }
        try set(byte: byte, at: offset + index)
      }
    case .string(let text):
      let digits = text.utf8.compactMap { Character(Unicode.Scalar($0)).hexDigitValue }
      guard digits.count == text.utf8.count, digits.count == byteCount * 2 else {
        throw unexpected(json, expected)
      }
      for index in 0..<byteCount {
        try set(
          byte: UInt8(truncatingIfNeeded: digits[index * 2] << 4 | digits[index * 2 + 1]), at: offset + index)
      }
    default: throw unexpected(json, expected)
    }
  }
}

extension ValueReader {
  /// Returns the known names as the end of a sentence.
  static func list(_ names: some Collection<String>) -> String {
    let listed = names.prefix(30)
    guard !listed.isEmpty else { return "; it has none" }
    let rest = names.count - listed.count
    return "; it has \(listed.joined(separator: ", "))" + (rest > 0 ? " and \(rest) more" : "")
  }
}

extension BTFType {
  /// Whether it is C's `char`. Arrays of it are text.
  var isCharacter: Bool { integer != nil && name == "char" && byteCount == 1 }
}
