//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFSyscall

// What a value is made of in the end: numbers, names of numbers, and bytes.

extension ValueReader {
  /// A whole number, or one in hexadecimal digits.
  func integer(_ json: JSONValue, _ wanted: String) throws(BPFError) -> WholeNumber {
    switch json {
    case .number(let number):
      if let whole = number.whole { return whole }
      throw failure(
        number.isWhole
          ? "\(number.text) does not fit in 128 bits" : "\(number.text) is not a whole number in digits"
      )
    case .string(let text) where text.hasPrefix("0x"):
      let digits = text.dropFirst(2)
      guard digits.allSatisfy(\.isHexDigit), let magnitude = UInt128(digits, radix: 16) else {
        throw failure("\(json.noun) is no number of up to 128 bits in hexadecimal digits")
      }
      return WholeNumber(magnitude, text: text)
    default: throw unexpected(json, wanted)
    }
  }

  /// Gives a number, if it fits.
  mutating func give(
    _ number: WholeNumber, isSigned: Bool, at place: ValueBytes.Place
  ) throws(BPFError) {
    let bits = place.bitCount
    let most = bits == 0 ? 0 : UInt128.max >> UInt128(128 - bits)
    let limit = isSigned && bits > 0 ? most / 2 + (number.isNegative ? 1 : 0) : most
    guard number.magnitude <= limit, isSigned || !number.isNegative else {
      throw failure(
        "\(number.text) does not fit in \(bits) bits"
          + (isSigned ? " with a sign" : number.isNegative ? " without a sign" : ""))
    }
    try give(bits: number.isNegative ? 0 &- number.magnitude : number.magnitude, at: place)
  }

  private mutating func give(bits: UInt128, at place: ValueBytes.Place) throws(BPFError) {
    guard value.give(bits, at: place) else {
      throw BPFError(.readValue, .invalidArgument, subject + ValueReader.disagreement)
    }
  }

  mutating func give(byte: UInt8, at offset: Int) throws(BPFError) {
    if let place = value.place(at: offset, 1) { try give(bits: UInt128(byte), at: place) }
  }

  // MARK: - Integers

  mutating func read(
    _ json: JSONValue, as encoding: BTFType.IntegerEncoding, at place: ValueBytes.Place
  ) throws(BPFError) {
    guard encoding.isBoolean else {
      return try give(integer(json, "a whole number"), isSigned: encoding.isSigned, at: place)
    }
    switch json {
    case .boolean(true):
      // Any bits but none are true.
      value.give(classOf: 1, at: place, from: subject) { $0 != 0 }
    case .boolean(false): try give(bits: 0, at: place)
    default:
      let number = try integer(json, "true or false")
      guard number.magnitude <= 1, !number.isNegative else { throw unexpected(json, "true or false") }
      try give(bits: number.magnitude, at: place)
    }
  }

  mutating func read(
    _ json: JSONValue, asEnumeration type: BTFType, at place: ValueBytes.Place
  ) throws(BPFError) {
    let number: WholeNumber
    if case .string(let name) = json, !name.hasPrefix("0x") {
      guard let known = type.enumerators.first(where: { $0.name == name }) else {
        throw failure(
          "\(type.described) has no '\(name)'" + ValueReader.offer(type.enumerators.lazy.map(\.name)))
      }
      number = WholeNumber(known.value.magnitude, isNegative: known.value < 0, text: name)
    } else {
      number = try integer(json, "a name of \(type.described) or a number")
    }
    try give(number, isSigned: type.isSignedEnumeration, at: place)
  }

  mutating func read(
    _ json: JSONValue, asBitsOf type: BTFType, _ bitOffset: Int, _ bitCount: Int
  ) throws(BPFError) {
    guard let place = value.place(ofBits: bitOffset, bitCount), let type = type.unmodified else {
      throw failure("its \(bitCount) bits cannot have a value here")
    }
    if type.kind == .enumeration || type.kind == .enumeration64 {
      try read(json, asEnumeration: type, at: place)
    } else if let encoding = type.integer {
      try read(json, as: encoding, at: place)
    } else {
      try give(integer(json, "a whole number"), isSigned: false, at: place)
    }
  }

  // MARK: - Floating-point numbers

  mutating func read(_ json: JSONValue, asFloatAt place: ValueBytes.Place) throws(BPFError) {
    let number: Double
    switch json {
    case .string("nan"):
      let isDouble = place.byteCount == 8
      // Many bits are no number.
      return value.give(
        classOf: isDouble ? UInt128(Double.nan.bitPattern) : UInt128(Float.nan.bitPattern), at: place,
        from: subject
      ) {
        isDouble
          ? Double(bitPattern: UInt64(truncatingIfNeeded: $0)).isNaN
          : Float(bitPattern: UInt32(truncatingIfNeeded: $0)).isNaN
      }
    case .string("inf"): number = .infinity
    case .string("-inf"): number = -.infinity
    case .number(let written):
      guard let finite = written.floating, place.byteCount == 8 || Float(finite).isFinite else {
        throw failure("\(written.text) does not fit in a number of \(place.byteCount) bytes")
      }
      number = finite
    default: throw unexpected(json, "a number")
    }
    let bits = place.byteCount == 8 ? UInt128(number.bitPattern) : UInt128(Float(number).bitPattern)
    try give(bits: bits, at: place)
  }

  // MARK: - Bytes

  /// Bytes of which nothing is known.
  mutating func read(_ json: JSONValue, asBytesAt offset: Int, _ byteCount: Int) throws(BPFError) {
    let wanted = "an array of \(byteCount) bytes, or twice as many hexadecimal digits,"
    switch json {
    case .array(let elements):
      guard elements.count == byteCount else { throw unexpected(json, wanted) }
      for (index, element) in elements.enumerated() {
        guard case .number(let number) = element, let whole = number.whole, !whole.isNegative,
          let byte = UInt8(exactly: whole.magnitude)
        else { throw unexpected(element, "a byte") }
        try give(byte: byte, at: offset + index)
      }
    case .string(let text):
      let digits = text.utf8.compactMap { Character(Unicode.Scalar($0)).hexDigitValue }
      guard digits.count == text.utf8.count, digits.count == byteCount * 2 else {
        throw unexpected(json, wanted)
      }
      for index in 0..<byteCount {
        try give(
          byte: UInt8(truncatingIfNeeded: digits[index * 2] << 4 | digits[index * 2 + 1]), at: offset + index)
      }
    default: throw unexpected(json, wanted)
    }
  }
}

extension ValueReader {
  /// The names that could have been meant, as the end of a sentence.
  static func offer(_ names: some Collection<String>) -> String {
    let offered = names.prefix(30)
    guard !offered.isEmpty else { return "; it has none" }
    let rest = names.count - offered.count
    return "; it has \(offered.joined(separator: ", "))" + (rest > 0 ? " and \(rest) more" : "")
  }
}

extension BTFType {
  /// Whether it is C's `char`, of which arrays are text.
  var isCharacter: Bool { integer != nil && name == "char" && byteCount == 1 }
}
