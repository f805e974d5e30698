//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// The keys of a map.
///
/// The keys are a copy in one contiguous buffer, which later changes of the map do not affect. As a collection,
/// `MapKeys` creates an array at each access; ``withKey(at:_:)`` and ``withBytes(_:)`` give access to the bytes
/// without allocating.
public struct MapKeys: Sendable {
  /// The number of keys.
  public let count: Int

  /// The size of a key in bytes.
  public let keySize: Int

  let bytes: [UInt8]

  init(bytes: [UInt8], keySize: Int) {
    self.bytes = bytes
    self.keySize = keySize
    count = keySize == 0 ? 0 : bytes.count / keySize
  }

  /// Calls `body` with the bytes of the key at an index. No allocation.
  public func withKey<R: ~Copyable, E: Error>(
    at index: Int, _ body: (_ key: RawSpan) throws(E) -> R
  ) throws(E) -> R {
    let range = range(index)
    return try unsafe body(bytes.span.bytes.extracting(range))
  }

  /// Calls `body` with the contiguous bytes of all keys. No allocation.
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

  /// Returns the key at an index. One allocation.
  public subscript(index: Int) -> [UInt8] { Array(bytes[range(index)]) }
}

extension MapKeys: CustomStringConvertible {
  /// The number and size of the keys.
  public var description: String { "\(count.counted("key")) of \(keySize) bytes" }
}
