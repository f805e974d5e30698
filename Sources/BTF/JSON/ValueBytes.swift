//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// The bytes of a value under construction, and a mask of the bits that were set.
///
/// Setting a bit again must not change it, so either one or several members of a union may be set.
struct ValueBytes {
  private(set) var bytes: [UInt8]
  private var isSet: [UInt8]
  /// Whether the bytes are little-endian.
  private let isLittle: Bool
  private var constraints: [Constraint] = []

  /// A condition on a field without an exact value: nonzero for `true`, or any NaN for `nan`.
  private struct Constraint {
    var field: Field
    /// The default value, if nothing else sets the field.
    var defaultValue: UInt128
    var contains: (UInt128) -> Bool
    /// The part of the input that the constraint comes from.
    var origin: String
  }

  /// The location of a number.
  struct Field {
    /// The offset of its first byte.
    var offset: Int
    /// The number of bytes, up to 16.
    var byteCount: Int
    /// The number of lower bits that do not belong to the number.
    var shift = 0
    /// The number of bits.
    var bitCount: Int

    var mask: UInt128 { bitCount == 0 ? 0 : (UInt128.max >> UInt128(128 - bitCount)) << UInt128(shift) }
  }

  init(byteCount: Int, isSwapped: Bool) {
    bytes = [UInt8](repeating: 0, count: byteCount)
    isSet = bytes
    isLittle = (UInt16(littleEndian: 1) == 1) != isSwapped
  }

  /// Returns the field of a number of whole bytes; nil if it is out of bounds.
  func field(at offset: Int, _ byteCount: Int) -> Field? {
    guard offset >= 0, byteCount <= 16, offset + byteCount <= bytes.count else { return nil }
    return Field(offset: offset, byteCount: byteCount, bitCount: byteCount * 8)
  }

  /// Returns the field of a bit-field; nil if it is out of bounds, or has more than 64 bits. Bits count from the least
  /// significant on little-endian machines, otherwise from the most significant.
  func field(ofBits bitOffset: Int, _ bitCount: Int) -> Field? {
    let (first, end) = (bitOffset / 8, (bitOffset + bitCount + 7) / 8)
    guard bitOffset >= 0, bitCount <= 64, end <= bytes.count else { return nil }
    let shift = isLittle ? bitOffset % 8 : (end - first) * 8 - bitOffset % 8 - bitCount
    return Field(offset: first, byteCount: end - first, shift: shift, bitCount: bitCount)
  }

  // MARK: - Setting fields

  /// Sets a field; returns false if one of its bits was set to another value.
  mutating func set(_ number: UInt128, at field: Field) -> Bool {
    let mask = field.mask
    let fixed = read(isSet, field) & mask
    let new = number << UInt128(field.shift) & mask
    guard (read(bytes, field) ^ new) & fixed == 0 else { return false }
    ValueBytes.write(new, mask, field, isLittle, to: &bytes)
    ValueBytes.write(mask, mask, field, isLittle, to: &isSet)
    return true
  }

  /// Adds a constraint on a field.
  mutating func constrain(
    _ field: Field, defaultingTo defaultValue: UInt128, from origin: String,
    contains: @escaping (UInt128) -> Bool
  ) {
    constraints.append(
      Constraint(field: field, defaultValue: defaultValue, contains: contains, origin: origin))
  }

  /// Chooses values for constrained fields, after all others were set.
  ///
  /// - Returns: the origin of a constraint that cannot be met; nil if all are met.
  mutating func resolve() -> String? {
    // Constraints on few bits leave more choices than those on many.
    for next in constraints.sorted(by: { $0.field.bitCount < $1.field.bitCount }) {
      let field = next.field
      let free = field.mask & ~read(isSet, field)
      func number() -> UInt128 { (read(bytes, field) & field.mask) >> UInt128(field.shift) }
      if !next.contains(number()) {
        let fixed = read(bytes, field) & field.mask & ~free
        let number = next.defaultValue << UInt128(field.shift) & free | fixed
        ValueBytes.write(number, field.mask, field, isLittle, to: &bytes)
      }
      guard next.contains(number()) else { return next.origin }
      ValueBytes.write(field.mask, field.mask, field, isLittle, to: &isSet)
    }
    return nil
  }

  // MARK: - Bytes

  private func read(_ bytes: [UInt8], _ field: Field) -> UInt128 {
    let slice = bytes[field.offset..<field.offset + field.byteCount]
    return isLittle
      ? slice.reversed().reduce(0) { $0 << 8 | UInt128($1) } : slice.reduce(0) { $0 << 8 | UInt128($1) }
  }

  /// Writes the bits of a mask.
  private static func write(
    _ number: UInt128, _ mask: UInt128, _ field: Field, _ isLittle: Bool, to bytes: inout [UInt8]
  ) {
    for index in 0..<field.byteCount {
      let shift = UInt128((isLittle ? index : field.byteCount - 1 - index) * 8)
      let (byte, bits) = (
        UInt8(truncatingIfNeeded: number >> shift), UInt8(truncatingIfNeeded: mask >> shift)
      )
      let offset = field.offset + index
      bytes[offset] = bytes[offset] & ~bits | byte & bits
    }
  }
}
