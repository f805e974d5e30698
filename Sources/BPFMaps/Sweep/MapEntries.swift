//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFSyscall

/// The elements of a whole map or of one batch.
///
/// The elements are a copy, which later changes of the map do not affect. Keys and values are in two contiguous
/// buffers, so reading a map takes a few allocations, not two for each element. As a collection, `MapEntries` creates
/// a pair of arrays at each access; ``withElement(at:_:)`` and ``withBytes(_:)`` give access to the bytes without
/// allocating.
///
/// For per-CPU maps, the value in a pair contains the values of all possible CPUs in the kernel's layout,
/// ``valueStride`` bytes. ``perCPUValues(at:)`` separates them.
public struct MapEntries: Sendable {
  /// The number of elements.
  public private(set) var count = 0

  /// The size of a key in bytes; 0 for elements of a queue or stack.
  public let keySize: Int

  /// The size of a value in bytes; for per-CPU maps, of one CPU's value.
  public let valueSize: Int

  /// The distance in bytes from one element's value to the next.
  public let valueStride: Int

  /// The number of values in an element: one, or one for each possible CPU.
  public let valuesPerElement: Int

  // Both buffers contain `count` elements, followed by unused capacity.
  private(set) var keys: [UInt8] = []
  private(set) var values: [UInt8] = []

  /// Creates an empty collection with the map's sizes.
  init(of map: MapHandle) {
    keySize = map.keySize
    valueSize = map.valueSize
    valueStride = map.valueStride
    valuesPerElement = map.valuesPerElement
  }
}

// MARK: - Reading

extension MapEntries: RandomAccessCollection {
  /// A key and its value.
  public typealias Element = (key: [UInt8], value: [UInt8])

  /// The first index, 0.
  public var startIndex: Int { 0 }

  /// The index after the last, ``count``.
  public var endIndex: Int { count }

  /// Returns the element at an index. Two allocations.
  public subscript(index: Int) -> (key: [UInt8], value: [UInt8]) {
    (key: Array(keys[keyRange(index)]), value: Array(values[valueRange(index)]))
  }

  /// Calls `body` with the bytes of the element at an index. No allocation.
  ///
  /// - Parameters:
  ///   - index: an index below ``count``.
  ///   - body: a closure that receives ``keySize`` and ``valueStride`` bytes.
  public func withElement<R: ~Copyable, E: Error>(
    at index: Int, _ body: (_ key: RawSpan, _ value: RawSpan) throws(E) -> R
  ) throws(E) -> R {
    let (key, value) = (keyRange(index), valueRange(index))
    return try unsafe body(keys.span.bytes.extracting(key), values.span.bytes.extracting(value))
  }

  /// Calls `body` with the bytes of all elements: all keys, and all values, each contiguous. No allocation.
  ///
  /// - Parameter body: a closure that receives ``count`` times ``keySize`` and ``count`` times ``valueStride`` bytes.
  public func withBytes<R: ~Copyable, E: Error>(
    _ body: (_ keys: RawSpan, _ values: RawSpan) throws(E) -> R
  ) throws(E) -> R {
    try unsafe body(
      keys.span.bytes.extracting(first: count * keySize),
      values.span.bytes.extracting(first: count * valueStride))
  }

  /// Returns the values of the element at an index, ``valueSize`` bytes each: one for each possible CPU, in the order
  /// of `PossibleCPUs.ids`. For maps that are not per-CPU, returns the only value.
  public func perCPUValues(at index: Int) -> [[UInt8]] {
    let value = values[valueRange(index)]
    let slotStride = valueStride / valuesPerElement
    return (0..<valuesPerElement).map { Array(value.dropFirst($0 * slotStride).prefix(valueSize)) }
  }

  private func keyRange(_ index: Int) -> Range<Int> {
    precondition(index >= 0 && index < count, "index out of range")
    return index * keySize..<(index + 1) * keySize
  }

  private func valueRange(_ index: Int) -> Range<Int> {
    precondition(index >= 0 && index < count, "index out of range")
    return index * valueStride..<(index + 1) * valueStride
  }
}

extension MapEntries: CustomStringConvertible {
  /// The number and size of the elements.
  public var description: String {
    "\(count.counted("element")) of \(keySize) + \(valueStride) bytes"
  }
}

// MARK: - Filling

extension MapEntries {
  /// The number of elements that the buffers can hold.
  var capacity: Int { valueStride == 0 ? 0 : values.count / valueStride }

  /// Grows the buffers to hold at least `needed` elements, and keeps the current ones.
  ///
  /// Doubles the capacity, so that repeated growth copies each element only once or twice, but never exceeds the map's
  /// `max_entries` unless `needed` does.
  mutating func reserve(_ needed: Int, of map: MapHandle) throws(BPFError) {
    guard needed > self.capacity else { return }
    let capacity = Swift.max(needed, Swift.min(self.capacity * 2, map.maxEntries))
    let (bytes, overflow) = capacity.multipliedReportingOverflow(by: keySize + valueStride)
    guard !overflow, bytes < Int.max / 4 else {
      throw map.failure(.sweep, .outOfResources, nil, "\(capacity) elements do not fit into memory")
    }
    keys.grow(to: capacity * keySize)
    values.grow(to: capacity * valueStride)
  }

  /// Removes the elements from an index on, and keeps the capacity.
  mutating func removeAll(from index: Int = 0) { count = Swift.min(count, index) }

  /// Releases the unused capacity.
  mutating func trim() {
    keys.removeLast(keys.count - count * keySize)
    values.removeLast(values.count - count * valueStride)
  }

  /// Appends elements that `body` writes.
  ///
  /// - Parameter body: a closure that receives the unused parts of both buffers and the number of elements that fit.
  ///   Returns the number of elements that it wrote.
  mutating func append(
    _ body: (UnsafeMutableRawBufferPointer, UnsafeMutableRawBufferPointer, _ free: Int) throws(BPFError) ->
      Int
  ) throws(BPFError) {
    let (keyOffset, valueOffset, free) = (count * keySize, count * valueStride, capacity - count)
    let added = try unsafe keys.withMutableBytes { (keys) throws(BPFError) in
      try unsafe values.withMutableBytes { (values) throws(BPFError) in
        try unsafe body(
          UnsafeMutableRawBufferPointer(rebasing: keys[keyOffset...]),
          UnsafeMutableRawBufferPointer(rebasing: values[valueOffset...]), free)
      }
    }
    precondition(added <= free, "more elements than the capacity")
    count += added
  }

  /// Removes the elements from an index on if `passes` rejects their keys, and moves the others up.
  mutating func filter(from index: Int, _ passes: (ArraySlice<UInt8>) -> Bool) {
    var kept = index
    for candidate in index..<count {
      guard passes(keys[keyRange(candidate)]) else { continue }
      if kept != candidate {
        keys.copy(keyRange(candidate), to: kept * keySize)
        values.copy(valueRange(candidate), to: kept * valueStride)
      }
      kept += 1
    }
    count = kept
  }
}

extension [UInt8] {
  /// Extends the array with zeros.
  fileprivate mutating func grow(to newCount: Int) {
    guard newCount > count else { return }
    let old = self
    self = unsafe [UInt8](unsafeUninitializedCapacity: newCount) { buffer, count in
      _ = unsafe buffer[..<old.count].initialize(from: old)
      unsafe buffer[old.count...].initialize(repeating: 0)
      count = newCount
    }
  }

  /// Calls `body` with the array's bytes. Unlike `withUnsafeMutableBytes`, throws typed errors.
  mutating func withMutableBytes<R, E: Error>(
    _ body: (UnsafeMutableRawBufferPointer) throws(E) -> R
  ) throws(E) -> R {
    var span = mutableSpan
    var bytes = unsafe span.mutableBytes
    return try unsafe bytes.withUnsafeMutableBytes(body)
  }

  /// Copies bytes to an earlier position.
  fileprivate mutating func copy(_ range: Range<Int>, to start: Int) {
    for offset in 0..<range.count { self[start + offset] = self[range.lowerBound + offset] }
  }
}
