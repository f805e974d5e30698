//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// The bytes of a value that is put together, and which of their bits were given.
///
/// What is given twice must be the same: so the members of a union may all be given, or one.
struct ValueBytes {
  private(set) var bytes: [UInt8]
  private var isGiven: [UInt8]
  /// Whether the bytes are for a machine that has the least significant first.
  private let isLittle: Bool
  private var classes: [Class] = []

  /// What says only of what class a number is: any that is not zero for `true`, any that is none for `nan`.
  private struct Class {
    var place: Place
    /// What to put where nothing else says what the number is.
    var usual: UInt128
    var contains: (UInt128) -> Bool
    /// Who says so.
    var origin: String
  }

  /// Where a number lies.
  struct Place {
    /// The first of its bytes.
    var offset: Int
    /// How many, up to 16.
    var byteCount: Int
    /// How many of the least significant bits of the bytes are not its own.
    var shift = 0
    /// How many bits it has.
    var bitCount: Int

    var mask: UInt128 { bitCount == 0 ? 0 : (UInt128.max >> UInt128(128 - bitCount)) << UInt128(shift) }
  }

  init(byteCount: Int, isSwapped: Bool) {
    bytes = [UInt8](repeating: 0, count: byteCount)
    isGiven = bytes
    isLittle = (UInt16(littleEndian: 1) == 1) != isSwapped
  }

  /// Where a number of whole bytes lies; nil if it does not lie within the value.
  func place(at offset: Int, _ byteCount: Int) -> Place? {
    guard offset >= 0, byteCount <= 16, offset + byteCount <= bytes.count else { return nil }
    return Place(offset: offset, byteCount: byteCount, bitCount: byteCount * 8)
  }

  /// Where a bit-field lies, whose bits count from the least significant of a little-endian machine, and from the most
  /// of another; nil if it does not lie within the value, or has more than 64 bits.
  func place(ofBits bitOffset: Int, _ bitCount: Int) -> Place? {
    let (first, end) = (bitOffset / 8, (bitOffset + bitCount + 7) / 8)
    guard bitOffset >= 0, bitCount <= 64, end <= bytes.count else { return nil }
    let shift = isLittle ? bitOffset % 8 : (end - first) * 8 - bitOffset % 8 - bitCount
    return Place(offset: first, byteCount: end - first, shift: shift, bitCount: bitCount)
  }

  // MARK: - Giving

  /// Gives the number at a place; false if something else was given for one of its bits.
  mutating func give(_ number: UInt128, at place: Place) -> Bool {
    let mask = place.mask
    let given = read(isGiven, place) & mask
    let new = number << UInt128(place.shift) & mask
    guard (read(bytes, place) ^ new) & given == 0 else { return false }
    ValueBytes.write(new, mask, place, isLittle, to: &bytes)
    ValueBytes.write(mask, mask, place, isLittle, to: &isGiven)
    return true
  }

  /// Says of what class the number at a place is.
  mutating func give(
    classOf usual: UInt128, at place: Place, from origin: String, contains: @escaping (UInt128) -> Bool
  ) {
    classes.append(Class(place: place, usual: usual, contains: contains, origin: origin))
  }

  /// Settles on numbers for what only has a class, once all else was given.
  ///
  /// - Returns: who says something that does not agree with the rest; nil if all agrees.
  mutating func settle() -> String? {
    // What is said of few bits leaves more to choose than what is said of many.
    for next in classes.sorted(by: { $0.place.bitCount < $1.place.bitCount }) {
      let place = next.place
      let free = place.mask & ~read(isGiven, place)
      func number() -> UInt128 { (read(bytes, place) & place.mask) >> UInt128(place.shift) }
      if !next.contains(number()) {
        let given = read(bytes, place) & place.mask & ~free
        let number = next.usual << UInt128(place.shift) & free | given
        ValueBytes.write(number, place.mask, place, isLittle, to: &bytes)
      }
      guard next.contains(number()) else { return next.origin }
      ValueBytes.write(place.mask, place.mask, place, isLittle, to: &isGiven)
    }
    return nil
  }

  // MARK: - Bytes

  private func read(_ bytes: [UInt8], _ place: Place) -> UInt128 {
    let field = bytes[place.offset..<place.offset + place.byteCount]
    return isLittle
      ? field.reversed().reduce(0) { $0 << 8 | UInt128($1) } : field.reduce(0) { $0 << 8 | UInt128($1) }
  }

  /// Puts the bits of a mask into bytes.
  private static func write(
    _ number: UInt128, _ mask: UInt128, _ place: Place, _ isLittle: Bool, to bytes: inout [UInt8]
  ) {
    for index in 0..<place.byteCount {
      let shift = UInt128((isLittle ? index : place.byteCount - 1 - index) * 8)
      let (byte, bits) = (
        UInt8(truncatingIfNeeded: number >> shift), UInt8(truncatingIfNeeded: mask >> shift)
      )
      let offset = place.offset + index
      bytes[offset] = bytes[offset] & ~bits | byte & bits
    }
  }
}
