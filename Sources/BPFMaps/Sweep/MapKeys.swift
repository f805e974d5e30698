//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// Keys read from a map.
///
/// They are a copy, in one contiguous buffer, and stay as they are whatever becomes of the map. As a collection
/// they are arrays, made when asked for; ``withKey(at:_:)`` and ``withBytes(_:)`` lend the bytes without.
public struct MapKeys: Sendable {
  /// How many keys there are.
  public let count: Int

  /// Bytes of a key.
  public let keySize: Int

  let bytes: [UInt8]

  init(bytes: [UInt8], keySize: Int) {
    self.bytes = bytes
    self.keySize = keySize
    count = keySize == 0 ? 0 : bytes.count / keySize
  }

  /// Lends the bytes of the key at an index. No allocation.
  public func withKey<R: ~Copyable, E: Error>(
    at index: Int, _ body: (_ key: RawSpan) throws(E) -> R
  ) throws(E) -> R {
    let range = range(index)
    return try unsafe body(bytes.span.bytes.extracting(range))
  }

  /// Lends the bytes of all keys, side by side. No allocation.
  public func withBytes<R: ~Copyable, E: Error>(_ body: (_ keys: RawSpan) throws(E) -> R) throws(E) -> R {
    try unsafe body(bytes.span.bytes)
  }

  private func range(_ index: Int) -> Range<Int> {
    precondition(index >= 0 && index < count, "index out of range")
    return index * keySize..<(index + 1) * keySize
  }
}

extension MapKeys: RandomAccessCollection {
  /// The first index, 0.
  public var startIndex: Int { 0 }

  /// The index after the last, ``count``.
  public var endIndex: Int { count }

  /// The key at an index. One allocation.
  public subscript(index: Int) -> [UInt8] { Array(bytes[range(index)]) }
}

extension MapKeys: CustomStringConvertible {
  /// The number of keys and their size.
  public var description: String { "\(count.counted("key")) of \(keySize) bytes" }
}
