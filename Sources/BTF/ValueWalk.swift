//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// What a value is made of, told to whoever writes it down.
protocol ValueSink {
  mutating func integer(_ value: some FixedWidthInteger)
  mutating func boolean(_ value: Bool)
  mutating func floating(_ value: Double)
  /// A pointer, or other bits that are no number to a person.
  mutating func address(_ value: UInt64)
  /// A name of an enumeration.
  mutating func enumerator(_ name: String)
  /// The text in an array of characters.
  mutating func text(_ bytes: ArraySlice<UInt8>)
  /// Bytes of which nothing is known.
  mutating func bytes(_ bytes: ArraySlice<UInt8>)
  mutating func beginStructure()
  mutating func member(_ name: String)
  mutating func endStructure()
  mutating func beginArray()
  mutating func element()
  mutating func endArray()
}

/// A passage through a value by its type.
struct ValueWalk {
  /// The bytes; those of fields are read where they lie.
  let bytes: ArraySlice<UInt8>

  /// Whether the bytes are of a machine of the other byte order.
  private let isSwapped: Bool

  /// How many members and elements may still come. Types may be built in ways that no compiler does, of which a few bytes
  /// have more than there is time for: what is then left is not told.
  private var remaining: Int

  init(_ bytes: some Collection<UInt8>, isSwapped: Bool) {
    self.bytes = Array(bytes)[...]
    self.isSwapped = isSwapped
    remaining = (1 << 16) + bytes.count * 64
  }

  /// Tells a sink what is in the value.
  mutating func write(_ type: BTFType, to sink: inout some ValueSink) {
    write(type, at: bytes.startIndex, depth: 0, to: &sink)
  }

  private mutating func write(_ type: BTFType, at offset: Int, depth: Int, to sink: inout some ValueSink) {
    guard depth < BTFType.maximumDepth, let type = type.unmodified, let size = type.byteCount,
      offset + size <= bytes.endIndex
    else { return sink.bytes(bytes[min(offset, bytes.endIndex)...]) }
    switch type.kind {
    case .int: write(integer: type, at: offset, size, to: &sink)
    case .enumeration, .enumeration64:
      write(enumeration: type, number(at: offset, size), bitCount: size * 8, to: &sink)
    case .float: write(float: offset, size, to: &sink)
    case .pointer: sink.address(UInt64(truncatingIfNeeded: number(at: offset, size)))
    case .array: write(array: type, at: offset, depth, to: &sink)
    case .structure, .union:
      sink.beginStructure()
      writeMembers(of: type, at: offset, depth, to: &sink)
      sink.endStructure()
    case .variable: if let target = type.target { write(target, at: offset, depth: depth + 1, to: &sink) }
    case .dataSection:
      sink.beginStructure()
      for variable in type.sectionVariables {
        guard takeOne() else { break }
        sink.member(variable.variable.name)
        write(variable.variable, at: offset + variable.byteOffset, depth: depth + 1, to: &sink)
      }
      sink.endStructure()
    default: sink.bytes(bytes[offset..<offset + size])
    }
  }

  /// Whether another member or element may come.
  private mutating func takeOne() -> Bool {
    remaining -= 1
    return remaining >= 0
  }

  // MARK: - Numbers

  /// Up to 16 bytes as a number without a sign.
  private func number(at offset: Int, _ size: Int) -> UInt128 {
    let field = bytes[offset..<offset + min(size, 16)]
    let isLittle = (UInt16(littleEndian: 1) == 1) != isSwapped
    return isLittle
      ? field.reversed().reduce(0) { $0 << 8 | UInt128($1) } : field.reduce(0) { $0 << 8 | UInt128($1) }
  }

  private func write(integer type: BTFType, at offset: Int, _ size: Int, to sink: inout some ValueSink) {
    guard let encoding = type.integer, size <= 16 else { return sink.bytes(bytes[offset..<offset + size]) }
    write(number(at: offset, size), encoding, bitCount: size * 8, to: &sink)
  }

  private func write(
    _ number: UInt128, _ encoding: BTFType.IntegerEncoding, bitCount: Int, to sink: inout some ValueSink
  ) {
    if encoding.isBoolean { return sink.boolean(number != 0) }
    if encoding.isSigned {
      sink.integer(ValueWalk.signed(number, bitCount))
    } else {
      sink.integer(number)
    }
  }

  /// The lowest bits as a number with a sign.
  private static func signed(_ number: UInt128, _ bitCount: Int) -> Int128 {
    guard bitCount > 0 else { return 0 }
    let shift = Int128(128 - min(bitCount, 128))
    return (Int128(truncatingIfNeeded: number) << shift) >> shift
  }

  private func write(
    enumeration type: BTFType, _ number: UInt128, bitCount: Int, to sink: inout some ValueSink
  ) {
    let value =
      type.isSignedEnumeration ? ValueWalk.signed(number, bitCount) : Int128(truncatingIfNeeded: number)
    if let known = type.enumerators.first(where: { $0.value == value }) {
      sink.enumerator(known.name)
    } else {
      sink.integer(value)
    }
  }

  private func write(float offset: Int, _ size: Int, to sink: inout some ValueSink) {
    let bits = number(at: offset, size)
    switch size {
    case 4: sink.floating(Double(Float(bitPattern: UInt32(truncatingIfNeeded: bits))))
    case 8: sink.floating(Double(bitPattern: UInt64(truncatingIfNeeded: bits)))
    default: sink.bytes(bytes[offset..<offset + size])
    }
  }

  // MARK: - Arrays

  private mutating func write(
    array type: BTFType, at offset: Int, _ depth: Int, to sink: inout some ValueSink
  ) {
    guard let element = type.target, let stride = element.byteCount else {
      return sink.bytes(bytes[offset...])
    }
    if stride == 1, let text = text(element, bytes[offset..<offset + type.elementCount]) {
      return sink.text(text)
    }
    sink.beginArray()
    // Elements of no bytes are all alike, and may be said to be billions.
    for index in 0..<(stride == 0 ? 0 : type.elementCount) {
      guard takeOne() else { break }
      sink.element()
      write(element, at: offset + index * stride, depth: depth + 1, to: &sink)
    }
    sink.endArray()
  }

  /// The text before the first NUL, if the bytes are characters that print, and only NULs are behind it.
  private func text(_ element: BTFType, _ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
    guard let character = element.unmodified, character.integer != nil, character.name == "char" else {
      return nil
    }
    let text = bytes.prefix { $0 != 0 }
    guard text.allSatisfy({ (0x20..<0x7f).contains($0) }), bytes[text.endIndex...].allSatisfy({ $0 == 0 })
    else { return nil }
    return text
  }

  // MARK: - Structures

  private mutating func writeMembers(
    of type: BTFType, at offset: Int, _ depth: Int, to sink: inout some ValueSink
  ) {
    for member in type.members {
      guard takeOne() else { break }
      // The members of a structure without a name count as those of the one it is in.
      if member.name.isEmpty, let inner = member.type.unmodified,
        inner.kind == .structure || inner.kind == .union,
        depth < BTFType.maximumDepth
      {
        writeMembers(of: inner, at: offset + member.byteOffset, depth + 1, to: &sink)
        continue
      }
      sink.member(member.name)
      if let bitCount = member.bitCount {
        write(bits: member, bitCount, at: offset, to: &sink)
      } else {
        write(member.type, at: offset + member.byteOffset, depth: depth + 1, to: &sink)
      }
    }
  }

  /// A bit-field: its bits count from the least significant of a little-endian machine, from the most of another.
  private func write(
    bits member: BTFType.Member, _ bitCount: Int, at offset: Int, to sink: inout some ValueSink
  ) {
    let (first, end) = (member.bitOffset / 8, (member.bitOffset + bitCount + 7) / 8)
    guard bitCount <= 64, offset + end <= bytes.endIndex, let type = member.type.unmodified else {
      return sink.bytes([])
    }
    let isLittle = (UInt16(littleEndian: 1) == 1) != isSwapped
    let shift = isLittle ? member.bitOffset % 8 : (end - first) * 8 - member.bitOffset % 8 - bitCount
    let mask = UInt128.max >> UInt128(128 - bitCount)
    let value = number(at: offset + first, end - first) >> UInt128(shift) & mask
    if type.kind == .enumeration || type.kind == .enumeration64 {
      write(enumeration: type, value, bitCount: bitCount, to: &sink)
    } else if let encoding = type.integer {
      write(value, encoding, bitCount: bitCount, to: &sink)
    } else {
      sink.integer(value)
    }
  }
}
