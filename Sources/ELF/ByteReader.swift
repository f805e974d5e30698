//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// A bounds-checked reader of bytes in a given byte order. Reads beyond the end return nil.
package struct ByteReader: Sendable {
  @usableFromInline let bytes: [UInt8]

  /// The readable range. Offsets count from its start.
  @usableFromInline let range: Range<Int>

  /// Whether the byte order is the opposite of this machine's.
  package let isSwapped: Bool

  @inlinable
  package init(_ bytes: [UInt8], isSwapped: Bool) {
    (self.bytes, self.isSwapped, range) = (bytes, isSwapped, 0..<bytes.count)
  }

  @inlinable
  init(_ bytes: [UInt8], _ range: Range<Int>, isSwapped: Bool) {
    (self.bytes, self.range, self.isSwapped) = (bytes, range, isSwapped)
  }

  /// The number of bytes.
  @inlinable package var count: Int { range.count }

  /// The bytes, without a copy.
  @inlinable package var slice: ArraySlice<UInt8> { bytes[range] }

  /// Returns a copy of the bytes, so that the whole file need not stay in memory.
  package var copy: ByteReader { ByteReader(Array(slice), isSwapped: isSwapped) }

  /// Returns a subrange, or nil if it is out of bounds.
  @inlinable
  package func part(_ offset: Int, _ count: Int) -> ByteReader? {
    guard contains(offset, count) else { return nil }
    let start = range.lowerBound + offset
    return ByteReader(bytes, start..<start + count, isSwapped: isSwapped)
  }

  /// Returns the bytes from an offset, or nil if it is out of bounds.
  package func rest(_ offset: Int) -> ByteReader? {
    guard offset >= 0, offset <= count else { return nil }
    return part(offset, count - offset)
  }

  /// Whether a number of bytes is available at an offset.
  @inlinable
  package func contains(_ offset: Int, _ count: Int) -> Bool {
    offset >= 0 && count >= 0 && offset <= self.count && count <= self.count - offset
  }

  /// Returns a number, or nil if it is out of bounds.
  @inlinable
  package func number<Number: FixedWidthInteger & BitwiseCopyable>(
    _ offset: Int, as type: Number.Type = Number.self
  ) -> Number? {
    guard contains(offset, MemoryLayout<Number>.size) else { return nil }
    // Within the range, which is within the bytes.
    let number = unsafe bytes.span.bytes.unsafeLoadUnaligned(
      fromByteOffset: range.lowerBound + offset, as: Number.self)
    return isSwapped ? number.byteSwapped : number
  }

  /// Returns a number that must be in bounds: readers of files check this first.
  @inlinable
  package func present<Number: FixedWidthInteger & BitwiseCopyable>(
    _ offset: Int, as type: Number.Type = Number.self
  ) -> Number {
    precondition(offset >= 0 && offset <= count - MemoryLayout<Number>.size, "there is no such number")
    // Within the range, which is within the bytes.
    let number = unsafe bytes.span.bytes.unsafeLoadUnaligned(
      fromByteOffset: range.lowerBound &+ offset, as: Number.self)
    return isSwapped ? number.byteSwapped : number
  }

  /// Returns a 32-bit count or offset that must be in bounds.
  @inlinable
  package func presentWord(_ offset: Int) -> Int { Int(present(offset, as: UInt32.self)) }

  /// Returns a 32-bit count or offset, or nil if it is out of bounds.
  @inlinable
  package func word(_ offset: Int) -> Int? { number(offset, as: UInt32.self).map { Int($0) } }

  /// Returns a 64-bit count or offset, or nil if it is out of bounds or does not fit into `Int`.
  @inlinable
  package func doubleWord(_ offset: Int) -> Int? {
    number(offset, as: UInt64.self).flatMap { Int(exactly: $0) }
  }

  /// The maximum length of a name in bytes: many records may share a name, and each copy takes memory.
  package static let longestName = 4096

  /// Returns whether a name is at an offset, with the NUL that ends it.
  package func hasName(_ name: String, at offset: Int) -> Bool {
    guard let found = part(offset, name.utf8.count + 1) else { return false }
    return found.slice.last == 0 && found.slice.dropLast().elementsEqual(name.utf8)
  }

  /// Returns the NUL-terminated name at an offset; nil if it is not terminated or too long.
  package func name(_ offset: Int, atMost longest: Int = ByteReader.longestName) -> String? {
    guard let rest = rest(offset), let end = rest.slice.prefix(longest + 1).firstIndex(of: 0)
    else { return nil }
    return String(decoding: bytes[rest.range.lowerBound..<end], as: UTF8.self)
  }
}
