//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFSyscall

/// Elements read from a map: all of it, or one batch.
///
/// They are a copy, and stay as they are whatever becomes of the map. Keys and values lie in two contiguous
/// buffers, so reading a map takes a few allocations, not two for each element. As a collection the elements are
/// pairs of arrays, made when asked for; ``withElement(at:_:)`` and ``withBytes(_:)`` lend the bytes without.
///
/// For per-CPU maps a pair's value is the values of all possible CPUs in the kernel's layout, ``valueStride``
/// bytes; ``perCPUValues(at:)`` takes them apart.
public struct MapEntries: Sendable {
  /// How many elements there are.
  public private(set) var count = 0

  /// Bytes of a key; 0 for elements of a queue or stack.
  public let keySize: Int

  /// Bytes of a value, for per-CPU maps of one CPU's value.
  public let valueSize: Int

  /// Bytes from one element's value to the next.
  public let valueStride: Int

  /// How many values an element has: one, or one for each possible CPU.
  public let valuesPerElement: Int

  // Both hold `count` elements and, behind them, room for more.
  private(set) var keys: [UInt8] = []
  private(set) var values: [UInt8] = []

  /// No elements, of a map.
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

  /// The element at an index. Two allocations.
  public subscript(index: Int) -> (key: [UInt8], value: [UInt8]) {
    (key: Array(keys[keyRange(index)]), value: Array(values[valueRange(index)]))
  }

  /// Lends the bytes of the element at an index. No allocation.
  ///
  /// - Parameters:
  ///   - index: from 0 to below ``count``.
  ///   - body: receives ``keySize`` and ``valueStride`` bytes.
  public func withElement<R: ~Copyable, E: Error>(
    at index: Int, _ body: (_ key: RawSpan, _ value: RawSpan) throws(E) -> R
  ) throws(E) -> R {
    let (key, value) = (keyRange(index), valueRange(index))
    return try unsafe body(keys.span.bytes.extracting(key), values.span.bytes.extracting(value))
  }

  /// Lends the bytes of all elements: the keys side by side, and the values side by side. No allocation.
  ///
  /// - Parameter body: receives ``count`` times ``keySize`` and ``count`` times ``valueStride`` bytes.
  public func withBytes<R: ~Copyable, E: Error>(
    _ body: (_ keys: RawSpan, _ values: RawSpan) throws(E) -> R
  ) throws(E) -> R {
    try unsafe body(
      keys.span.bytes.extracting(first: count * keySize),
      values.span.bytes.extracting(first: count * valueStride))
  }

  /// The values of the element at an index, ``valueSize`` bytes each: one for each possible CPU, in the order of
  /// `PossibleCPUs.ids`; for maps that are not per-CPU the one value.
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
  /// The number of elements and their sizes.
  public var description: String {
    "\(count.counted("element")) of \(keySize) + \(valueStride) bytes"
  }
}

// MARK: - Filling

extension MapEntries {
  /// How many elements there is room for.
  var capacity: Int { valueStride == 0 ? 0 : values.count / valueStride }

  /// Makes room for at least `needed` elements; what is there stays.
  ///
  /// It doubles what there was, so that growing bit by bit copies each element only once or twice, but does not
  /// exceed what the map can hold.
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

  /// Forgets the elements from an index on; their room stays.
  mutating func removeAll(from index: Int = 0) { count = Swift.min(count, index) }

  /// Gives up the room behind the last element.
  mutating func trim() {
    keys.removeLast(keys.count - count * keySize)
    values.removeLast(values.count - count * valueStride)
  }

  /// Has elements added behind the last.
  ///
  /// - Parameter body: receives the room for keys and for values, and for how many elements it is; returns how
  ///   many it filled in.
  mutating func append(
    _ body: (UnsafeMutableRawBufferPointer, UnsafeMutableRawBufferPointer, _ room: Int) throws(BPFError) ->
      Int
  ) throws(BPFError) {
    let (keyOffset, valueOffset, room) = (count * keySize, count * valueStride, capacity - count)
    let added = try unsafe keys.withMutableBytes { (keys) throws(BPFError) in
      try unsafe values.withMutableBytes { (values) throws(BPFError) in
        try unsafe body(
          UnsafeMutableRawBufferPointer(rebasing: keys[keyOffset...]),
          UnsafeMutableRawBufferPointer(rebasing: values[valueOffset...]), room)
      }
    }
    precondition(added <= room, "more elements than there is room for")
    count += added
  }

  /// Drops elements behind an index that do not pass, going by their keys; those that pass move up.
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
  /// Makes it longer by zeros.
  fileprivate mutating func grow(to newCount: Int) {
    guard newCount > count else { return }
    let old = self
    self = unsafe [UInt8](unsafeUninitializedCapacity: newCount) { buffer, count in
      _ = unsafe buffer[..<old.count].initialize(from: old)
      unsafe buffer[old.count...].initialize(repeating: 0)
      count = newCount
    }
  }

  /// `withUnsafeMutableBytes` with a typed error.
  mutating func withMutableBytes<R, E: Error>(
    _ body: (UnsafeMutableRawBufferPointer) throws(E) -> R
  ) throws(E) -> R {
    var span = mutableSpan
    var bytes = unsafe span.mutableBytes
    return try unsafe bytes.withUnsafeMutableBytes(body)
  }

  /// Copies bytes to an earlier place.
  fileprivate mutating func copy(_ range: Range<Int>, to start: Int) {
    for offset in 0..<range.count { self[start + offset] = self[range.lowerBound + offset] }
  }
}
