//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// Receives the parts of a value and writes them in a format.
protocol ValueSink {
  mutating func unsigned(_ value: UInt64)
  mutating func signed(_ value: Int64)
  /// A number that may have more than 64 bits.
  mutating func wide(_ value: some FixedWidthInteger)
  mutating func boolean(_ value: Bool)
  mutating func floating(_ value: Double)
  /// A pointer, or other bits that are best shown in hexadecimal.
  mutating func address(_ value: UInt64)
  /// An enumerator's name.
  mutating func enumerator(_ name: [UInt8])
  /// The printable text in a character array.
  mutating func text(_ bytes: Span<UInt8>)
  /// Bytes of unknown format.
  mutating func bytes(_ bytes: Span<UInt8>)
  mutating func beginStructure()
  mutating func member(_ name: [UInt8])
  mutating func endStructure()
  mutating func beginArray()
  mutating func element()
  mutating func endArray()
}

/// Traverses values by the forms of their type.
struct ValueWalk: Sendable {
  private let forms: ValueForms
  /// Whether text ends at the first NUL, whatever follows it in the array.
  private let endingTextAtNUL: Bool

  init(_ forms: ValueForms, endingTextAtNUL: Bool) {
    self.forms = forms
    self.endingTextAtNUL = endingTextAtNUL
  }

  /// Writes a value to a sink.
  func write(_ bytes: Span<UInt8>, to sink: inout some ValueSink) {
    // Malformed types can give a few bytes an excessive number of parts. Parts beyond the limit are omitted.
    var remaining = (1 << 16) + bytes.count * 64
    write(0, bytes, at: 0, depth: 0, &remaining, to: &sink)
  }

  /// - Parameter remaining: the number of members, elements and raw bytes that may still be written.
  private func write(
    _ index: Int, _ bytes: Span<UInt8>, at offset: Int, depth: Int, _ remaining: inout Int,
    to sink: inout some ValueSink
  ) {
    let form = forms.forms[index]
    guard depth < BTFType.maximumDepth, let size = form.byteCount, offset <= bytes.count,
      size <= bytes.count - offset
    else {
      let rest = bytes.extracting(min(offset, bytes.count)..<bytes.count)
      return sink.bytes(ValueWalk.consume(rest.count, of: &remaining) ? rest : rest.extracting(first: 0))
    }
    switch form.kind {
    case .integer(let encoding): write(encoding, bytes, at: offset, size, to: &sink)
    case .enumeration(let isSigned, let names):
      write(number(bytes, at: offset, size), isSigned, names, bitCount: size * 8, &remaining, to: &sink)
    case .float: write(float: bytes, at: offset, size, to: &sink)
    case .pointer: sink.address(word(bytes, at: offset, size))
    case .array(let element, let stride, let count, let isText):
      if isText, let length = textLength(bytes.extracting(offset..<offset + count)) {
        return sink.text(bytes.extracting(offset..<offset + length))
      }
      sink.beginArray()
      // Elements without a size are all alike, and there may be billions of them.
      for index in 0..<(stride == 0 ? 0 : count) {
        guard ValueWalk.consume(of: &remaining) else { break }
        sink.element()
        write(element, bytes, at: offset + index * stride, depth: depth + 1, &remaining, to: &sink)
      }
      sink.endArray()
    case .structure(let members):
      sink.beginStructure()
      write(members, bytes, at: offset, depth, &remaining, to: &sink)
      sink.endStructure()
    case .variable(let target): write(target, bytes, at: offset, depth: depth + 1, &remaining, to: &sink)
    case .dataSection(let variables):
      sink.beginStructure()
      for variable in variables {
        guard ValueWalk.consume(named: variable.name, of: &remaining) else { break }
        sink.member(variable.name)
        write(
          variable.form, bytes, at: offset + variable.byteOffset, depth: depth + 1, &remaining, to: &sink)
      }
      sink.endStructure()
    case .none: sink.bytes(bytes.extracting(offset..<offset + size))
    }
  }

  /// Consumes members, elements or bytes from the limit; returns false if it is exceeded.
  private static func consume(_ count: Int = 1, of remaining: inout Int) -> Bool {
    remaining = max(remaining - count, -1)
    return remaining >= 0
  }

  /// Consumes a member from the limit. A long name counts as several.
  private static func consume(named name: [UInt8], of remaining: inout Int) -> Bool {
    consume(1 + name.count / 16, of: &remaining)
  }

  // MARK: - Structures

  private func write(
    _ members: [ValueForms.Member], _ bytes: Span<UInt8>, at offset: Int, _ depth: Int,
    _ remaining: inout Int, to sink: inout some ValueSink
  ) {
    for member in members {
      guard ValueWalk.consume(named: member.name, of: &remaining) else { break }
      let byteOffset = offset + member.bitOffset / 8
      if member.isMerged, depth < BTFType.maximumDepth,
        case .structure(let inner) = forms.forms[member.form].kind
      {
        write(inner, bytes, at: byteOffset, depth + 1, &remaining, to: &sink)
        continue
      }
      sink.member(member.name)
      if let bitCount = member.bitCount {
        write(bits: member, bitCount, bytes, at: offset, &remaining, to: &sink)
      } else {
        write(member.form, bytes, at: byteOffset, depth: depth + 1, &remaining, to: &sink)
      }
    }
  }

  /// Writes a bit-field. Bits count from the least significant on little-endian machines, otherwise from the most
  /// significant.
  private func write(
    bits member: ValueForms.Member, _ bitCount: Int, _ bytes: Span<UInt8>, at offset: Int,
    _ remaining: inout Int, to sink: inout some ValueSink
  ) {
    let (first, end) = (member.bitOffset / 8, (member.bitOffset + bitCount + 7) / 8)
    guard bitCount <= 64, offset + end <= bytes.count else {
      return sink.bytes(bytes.extracting(first: 0))
    }
    let shift = isLittle ? member.bitOffset % 8 : (end - first) * 8 - member.bitOffset % 8 - bitCount
    let mask = UInt128.max >> UInt128(128 - bitCount)
    let value = number(bytes, at: offset + first, end - first) >> UInt128(shift) & mask
    switch forms.forms[member.form].kind {
    case .enumeration(let isSigned, let names):
      write(value, isSigned, names, bitCount: bitCount, &remaining, to: &sink)
    case .integer(let encoding): write(value, encoding, bitCount: bitCount, to: &sink)
    default: sink.wide(value)
    }
  }
}

// MARK: - Numbers

extension ValueWalk {
  private var isLittle: Bool { (UInt16(littleEndian: 1) == 1) != forms.isSwapped }

  /// Returns up to 8 bytes as an unsigned number.
  private func word(_ bytes: Span<UInt8>, at offset: Int, _ size: Int) -> UInt64 {
    var word: UInt64 = 0
    if isLittle {
      for index in 0..<min(size, 8) { word |= UInt64(bytes[offset + index]) << UInt64(index * 8) }
    } else {
      for index in 0..<min(size, 8) { word = word << 8 | UInt64(bytes[offset + index]) }
    }
    return word
  }

  /// Returns up to 16 bytes as an unsigned number.
  private func number(_ bytes: Span<UInt8>, at offset: Int, _ size: Int) -> UInt128 {
    guard size > 8 else { return UInt128(word(bytes, at: offset, size)) }
    let rest = min(size, 16) - 8
    let (first, second) = (word(bytes, at: offset, 8), word(bytes, at: offset + 8, rest))
    return isLittle
      ? UInt128(second) << 64 | UInt128(first) : UInt128(first) << UInt128(rest * 8) | UInt128(second)
  }

  private func write(
    _ encoding: BTFType.IntegerEncoding, _ bytes: Span<UInt8>, at offset: Int, _ size: Int,
    to sink: inout some ValueSink
  ) {
    guard size <= 16 else { return sink.bytes(bytes.extracting(offset..<offset + size)) }
    guard size <= 8 else {
      return write(number(bytes, at: offset, size), encoding, bitCount: size * 8, to: &sink)
    }
    let word = word(bytes, at: offset, size)
    if encoding.isBoolean {
      sink.boolean(word != 0)
    } else if encoding.isSigned, size > 0 {
      let unused = UInt64(64 - size * 8)
      sink.signed(Int64(bitPattern: word << unused) >> Int64(unused))
    } else {
      sink.unsigned(word)
    }
  }

  private func write(
    _ number: UInt128, _ encoding: BTFType.IntegerEncoding, bitCount: Int, to sink: inout some ValueSink
  ) {
    if encoding.isBoolean { return sink.boolean(number != 0) }
    switch (encoding.isSigned, bitCount <= 64) {
    case (false, true): sink.unsigned(UInt64(truncatingIfNeeded: number))
    case (true, true): sink.signed(Int64(truncatingIfNeeded: ValueWalk.signed(number, bitCount)))
    case (false, false): sink.wide(number)
    case (true, false): sink.wide(ValueWalk.signed(number, bitCount))
    }
  }

  /// Returns the lowest bits as a signed number.
  private static func signed(_ number: UInt128, _ bitCount: Int) -> Int128 {
    guard bitCount > 0 else { return 0 }
    let shift = Int128(128 - min(bitCount, 128))
    return (Int128(truncatingIfNeeded: number) << shift) >> shift
  }

  private func write(
    _ number: UInt128, _ isSigned: Bool, _ names: [ValueForms.Name], bitCount: Int,
    _ remaining: inout Int, to sink: inout some ValueSink
  ) {
    let value = isSigned ? ValueWalk.signed(number, bitCount) : Int128(truncatingIfNeeded: number)
    if let known = names.first(where: { $0.value == value }),
      ValueWalk.consume(known.bytes.count / 16, of: &remaining)
    {
      sink.enumerator(known.bytes)
    } else {
      sink.wide(value)
    }
  }

  private func write(
    float bytes: Span<UInt8>, at offset: Int, _ size: Int, to sink: inout some ValueSink
  ) {
    let bits = word(bytes, at: offset, size)
    switch size {
    case 4: sink.floating(Double(Float(bitPattern: UInt32(truncatingIfNeeded: bits))))
    case 8: sink.floating(Double(bitPattern: bits))
    default: sink.bytes(bytes.extracting(offset..<offset + size))
    }
  }
}

// MARK: - Text

extension ValueWalk {
  /// Returns the length of the text before the first NUL; nil if it is not printable, or followed by bytes that must be
  /// kept.
  private func textLength(_ bytes: Span<UInt8>) -> Int? {
    var count = 0
    while count < bytes.count, bytes[count] != 0 {
      guard (0x20..<0x7f).contains(bytes[count]) else { return nil }
      count += 1
    }
    if !endingTextAtNUL {
      for index in count..<bytes.count where bytes[index] != 0 { return nil }
    }
    return count
  }
}
