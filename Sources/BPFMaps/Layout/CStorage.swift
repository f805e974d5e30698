//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// The bytes of a C structure or union whose members Swift cannot store where C does: a union, bit-fields, members that do
/// not stand on their boundaries.
///
/// A Swift structure holds it, takes exactly the bytes that the C one has, and reads and writes its members in them:
///
/// ```swift
/// struct Header: BitwiseCopyable {
///   private var storage = CStorage<3, UInt32>()
///   var version: UInt8 {
///     get { UInt8(truncatingIfNeeded: storage.bits(at: 0, count: 4)) }
///     set { storage.setBits(at: 0, count: 4, to: UInt64(newValue)) }
///   }
///   var port: UInt16 {
///     get { storage.load(at: 4) }
///     set { storage.store(newValue, at: 4) }
///   }
/// }
/// ```
///
/// The build plugin writes such structures. The comparison with the types of a map takes one for any members that have
/// its size together.
public struct CStorage<let count: Int, Word: FixedWidthInteger & BitwiseCopyable & Sendable>: BitwiseCopyable,
  Sendable
{
  /// The bytes, in words that give them their alignment.
  private var words: InlineArray<count, Word>

  /// Zeros.
  public init() { words = InlineArray(repeating: 0) }

  /// The value at a place.
  ///
  /// - Parameters:
  ///   - type: a type every pattern of bits of which is a value: an integer, or a structure of such.
  ///   - offset: bytes from the beginning. The value must lie within the storage.
  public func load<Value: BitwiseCopyable>(_ type: Value.Type = Value.self, at offset: Int) -> Value {
    // Whoever names the type says that all bytes are a value of it; that they are there is checked.
    unsafe words.span.bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: Value.self)
  }

  /// Writes a value at a place.
  ///
  /// - Parameters:
  ///   - value: the value.
  ///   - offset: bytes from the beginning. The value must lie within the storage.
  public mutating func store<Value: BitwiseCopyable>(_ value: Value, at offset: Int) {
    var span = words.mutableSpan
    // Whatever is written, the words are integers, and have no bytes that they may not hold.
    var bytes = unsafe span.mutableBytes
    bytes.storeBytes(of: value, toByteOffset: offset, as: Value.self)
  }
}

// MARK: - Bit-fields

extension CStorage {
  /// The number in a bit-field.
  ///
  /// - Parameters:
  ///   - offset: bits from the beginning, as BTF counts them.
  ///   - count: how many bits, at most 64.
  public func bits(at offset: Int, count: Int) -> UInt64 {
    var number: UInt64 = 0
    for index in 0..<count {
      let (place, shift) = CStorage.place(ofBit: offset + index)
      let bit = UInt64(load(UInt8.self, at: place) >> shift & 1)
      number |= bit << CStorage.weight(ofBit: index, of: count)
    }
    return number
  }

  /// The number in a bit-field that has a sign. See ``bits(at:count:)``.
  public func signedBits(at offset: Int, count: Int) -> Int64 {
    let unused = 64 - count
    return Int64(bitPattern: bits(at: offset, count: count) << unused) >> unused
  }

  /// Writes the lowest bits of a number into a bit-field. See ``bits(at:count:)``.
  public mutating func setBits(at offset: Int, count: Int, to number: UInt64) {
    for index in 0..<count {
      let (place, shift) = CStorage.place(ofBit: offset + index)
      let bit = UInt8(truncatingIfNeeded: number >> CStorage.weight(ofBit: index, of: count) & 1)
      store(load(UInt8.self, at: place) & ~(1 << shift) | bit << shift, at: place)
    }
  }

  private static var isLittleEndian: Bool { UInt16(littleEndian: 1) == 1 }

  /// Where a bit is. Where the first byte of a number is its highest, the first bit of a byte is too.
  private static func place(ofBit bit: Int) -> (byte: Int, shift: Int) {
    (bit / 8, isLittleEndian ? bit % 8 : 7 - bit % 8)
  }

  /// What the bit at an index of a bit-field counts in its number.
  private static func weight(ofBit index: Int, of count: Int) -> Int {
    isLittleEndian ? index : count - 1 - index
  }
}

// MARK: - Comparison

extension CStorage: Hashable {
  /// Whether all bytes are the same.
  public static func == (one: CStorage, other: CStorage) -> Bool {
    for index in 0..<count where one.words[index] != other.words[index] { return false }
    return true
  }

  /// Hashes all bytes.
  public func hash(into hasher: inout Hasher) {
    for index in 0..<count { hasher.combine(words[index]) }
  }
}
