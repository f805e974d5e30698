//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// The bytes of a C structure or union whose members Swift cannot lay out like C: unions, bit-fields, unaligned
/// members.
///
/// A Swift structure stores exactly the bytes of the C one, and reads and writes its members in them:
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
/// The build plugin generates such structures. When comparing types with a map's BTF, a `CStorage` matches any members
/// of the same total size.
public struct CStorage<let count: Int, Word: FixedWidthInteger & BitwiseCopyable & Sendable>: BitwiseCopyable,
  Sendable
{
  /// The bytes, stored as words for their alignment.
  private var words: InlineArray<count, Word>

  /// Creates storage filled with zeros.
  public init() { words = InlineArray(repeating: 0) }

  /// Returns the value at an offset.
  ///
  /// - Parameters:
  ///   - type: a type for which every bit pattern is a valid value: an integer, or a structure of integers.
  ///   - offset: the offset in bytes. The value must be within the storage.
  public func load<Value: BitwiseCopyable>(_ type: Value.Type = Value.self, at offset: Int) -> Value {
    // By choosing the type, the caller asserts that all bit patterns are valid. The span checks the bounds.
    unsafe words.span.bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: Value.self)
  }

  /// Writes a value at an offset.
  ///
  /// - Parameters:
  ///   - value: the value.
  ///   - offset: the offset in bytes. The value must be within the storage.
  public mutating func store<Value: BitwiseCopyable>(_ value: Value, at offset: Int) {
    var span = words.mutableSpan
    // The words are integers, so every bit pattern is valid for them.
    var bytes = unsafe span.mutableBytes
    bytes.storeBytes(of: value, toByteOffset: offset, as: Value.self)
  }
}

// MARK: - Bit-fields

extension CStorage {
  /// Returns the number in a bit-field.
  ///
  /// - Parameters:
  ///   - offset: the offset in bits, as in BTF.
  ///   - count: the number of bits, at most 64.
  public func bits(at offset: Int, count: Int) -> UInt64 {
    var number: UInt64 = 0
    for index in 0..<count {
      let (byte, shift) = CStorage.position(ofBit: offset + index)
      let bit = UInt64(load(UInt8.self, at: byte) >> shift & 1)
      number |= bit << CStorage.weight(ofBit: index, of: count)
    }
    return number
  }

  /// Returns the number in a signed bit-field. See ``bits(at:count:)``.
  public func signedBits(at offset: Int, count: Int) -> Int64 {
    let unused = 64 - count
    return Int64(bitPattern: bits(at: offset, count: count) << unused) >> unused
  }

  /// Writes the lowest bits of a number into a bit-field. See ``bits(at:count:)``.
  public mutating func setBits(at offset: Int, count: Int, to number: UInt64) {
    for index in 0..<count {
      let (byte, shift) = CStorage.position(ofBit: offset + index)
      let bit = UInt8(truncatingIfNeeded: number >> CStorage.weight(ofBit: index, of: count) & 1)
      store(load(UInt8.self, at: byte) & ~(1 << shift) | bit << shift, at: byte)
    }
  }

  private static var isLittleEndian: Bool { UInt16(littleEndian: 1) == 1 }

  /// Returns the byte and the bit number of a bit. On big-endian machines, the first bit of a byte is the highest.
  private static func position(ofBit bit: Int) -> (byte: Int, shift: Int) {
    (bit / 8, isLittleEndian ? bit % 8 : 7 - bit % 8)
  }

  /// Returns the bit number in the value for the bit at an index of a bit-field.
  private static func weight(ofBit index: Int, of count: Int) -> Int {
    isLittleEndian ? index : count - 1 - index
  }
}

// MARK: - Comparison

extension CStorage: Hashable {
  /// Returns whether all bytes are equal.
  public static func == (one: CStorage, other: CStorage) -> Bool {
    for index in 0..<count where one.words[index] != other.words[index] { return false }
    return true
  }

  /// Hashes all bytes.
  public func hash(into hasher: inout Hasher) {
    for index in 0..<count { hasher.combine(words[index]) }
  }
}
