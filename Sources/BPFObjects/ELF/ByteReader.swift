//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFSyscall

/// A stretch of bytes with numbers of one byte order in it. What is not all there is nil.
package struct ByteReader: Sendable {
  private let bytes: [UInt8]

  /// The part that may be read. Offsets count from its beginning.
  private let range: Range<Int>

  /// Whether the numbers are of the other byte order than this machine's.
  package let isSwapped: Bool

  package init(_ bytes: [UInt8], isSwapped: Bool) {
    (self.bytes, self.isSwapped, range) = (bytes, isSwapped, 0..<bytes.count)
  }

  private init(_ bytes: [UInt8], _ range: Range<Int>, isSwapped: Bool) {
    (self.bytes, self.range, self.isSwapped) = (bytes, range, isSwapped)
  }

  /// How many bytes there are.
  package var count: Int { range.count }

  /// The bytes, without a copy.
  package var slice: ArraySlice<UInt8> { bytes[range] }

  /// The same bytes in memory of their own: what outlives a file does not keep all of it.
  var copy: ByteReader { ByteReader(Array(slice), isSwapped: isSwapped) }

  /// A part of it; nil if it is not all there.
  package func part(_ offset: Int, _ count: Int) -> ByteReader? {
    guard contains(offset, count) else { return nil }
    let start = range.lowerBound + offset
    return ByteReader(bytes, start..<start + count, isSwapped: isSwapped)
  }

  /// What follows an offset; nil if it lies behind the end.
  package func rest(_ offset: Int) -> ByteReader? {
    guard offset >= 0, offset <= count else { return nil }
    return part(offset, count - offset)
  }

  /// Whether there are so many bytes at an offset.
  package func contains(_ offset: Int, _ count: Int) -> Bool {
    offset >= 0 && count >= 0 && offset <= self.count && count <= self.count - offset
  }

  /// A number; nil if it is not all there.
  package func number<Number: FixedWidthInteger & BitwiseCopyable>(
    _ offset: Int, as type: Number.Type = Number.self
  ) -> Number? {
    guard contains(offset, MemoryLayout<Number>.size) else { return nil }
    // Within the range, which is within the bytes.
    let number = unsafe bytes.span.bytes.unsafeLoadUnaligned(
      fromByteOffset: range.lowerBound + offset, as: Number.self)
    return isSwapped ? number.byteSwapped : number
  }

  /// A number that must be there, as an array's element must: what reads a file checks that first.
  func present<Number: FixedWidthInteger & BitwiseCopyable>(
    _ offset: Int, as type: Number.Type = Number.self
  ) -> Number {
    precondition(offset >= 0 && offset <= count - MemoryLayout<Number>.size, "there is no such number")
    // Within the range, which is within the bytes.
    let number = unsafe bytes.span.bytes.unsafeLoadUnaligned(
      fromByteOffset: range.lowerBound &+ offset, as: Number.self)
    return isSwapped ? number.byteSwapped : number
  }

  /// A number of 32 bits that must be there, and counts or points at something.
  func presentWord(_ offset: Int) -> Int { Int(present(offset, as: UInt32.self)) }

  /// A number of 32 bits that counts or points at something.
  package func word(_ offset: Int) -> Int? { number(offset, as: UInt32.self).map { Int($0) } }

  /// A number of 64 bits that counts or points at something; nil also if no machine has so much.
  package func doubleWord(_ offset: Int) -> Int? {
    number(offset, as: UInt64.self).flatMap { Int(exactly: $0) }
  }

  /// The most bytes that a name in a file may have: many may share one, and each takes memory of its own.
  package static let longestName = 4096

  /// Returns whether a name is at an offset, with the NUL that ends it.
  package func hasName(_ name: String, at offset: Int) -> Bool {
    guard let found = part(offset, name.utf8.count + 1) else { return false }
    return found.slice.last == 0 && found.slice.dropLast().elementsEqual(name.utf8)
  }

  /// The name at an offset, up to the NUL that ends it; nil if none does before it is longer than names are.
  package func name(_ offset: Int, atMost longest: Int = ByteReader.longestName) -> String? {
    guard let rest = rest(offset), let end = rest.slice.prefix(longest + 1).firstIndex(of: 0)
    else { return nil }
    return String(decoding: bytes[rest.range.lowerBound..<end], as: UTF8.self)
  }
}

extension BPFError {
  /// A file that is no object, or not one that any compiler makes.
  static func malformedObject(_ reason: String) -> BPFError { BPFError(.readObject, .malformed, reason) }

  /// A file with something in it that is correct, and beyond this library.
  static func unsupportedObject(_ reason: String) -> BPFError { BPFError(.readObject, .unsupported, reason) }
}
