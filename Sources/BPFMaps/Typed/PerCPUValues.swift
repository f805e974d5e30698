//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// The values of one key of a per-CPU map: one for each possible CPU, in the order of `PossibleCPUs.ids`.
///
/// The values are a copy: changing them does not change the map until they are written back. If the values of all CPUs
/// take up to 64 bytes, they are stored inline, without an allocation. Larger ones are in an array, which the values
/// of a map's entries share.
///
/// ```swift
/// let packets = try PerCPUArrayMap<UInt64>(name: "packets", maxEntries: 4)
/// if let values = try packets[2] { print(values.sum(), values.max() ?? 0) }
/// ```
public struct PerCPUValues<Value: BitwiseCopyable>: Sendable {
  /// The number of possible CPUs; 0 before the first look-up.
  @inlinable public var count: Int { filled }

  @usableFromInline var filled: Int

  /// The number of slots that a look-up fills.
  @usableFromInline var slotCount: Int

  @usableFromInline var layout: ElementLayout<Value>?

  /// The slots if they fit inline; `array` is then empty.
  @usableFromInline var words = InlineWords.zero

  /// An array that contains the slots of this element at `offset`.
  @usableFromInline var array: [UInt8]

  @usableFromInline var offset: Int

  /// Creates an empty collection, to pass to a look-up.
  public init() {
    (filled, slotCount, layout, array, offset) = (0, 0, nil, [], 0)
  }

  /// Creates the values of an element with slots that fit inline.
  @inlinable
  init(_ words: InlineWords, of map: MapHandle, _ layout: ElementLayout<Value>) {
    (filled, slotCount) = (map.valuesPerElement, map.valuesPerElement)
    (self.layout, self.words, array, offset) = (layout, words, [], 0)
  }

  /// Creates the values of an element whose slots begin at an offset in an array.
  @inlinable
  init(_ array: [UInt8], at offset: Int, count: Int, _ layout: ElementLayout<Value>) {
    (filled, slotCount, self.layout) = (count, count, layout)
    let byteCount = count * layout.slotStride
    if fitsInline(byteCount) {
      (self.array, self.offset) = ([], 0)
      unsafe withUnsafeMutableBytes(of: &words) { words in
        unsafe array.withUnsafeBytes {
          unsafe words.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[offset..<offset + byteCount]))
        }
      }
    } else {
      (self.array, self.offset) = (array, offset)
    }
  }
}

/// The inline storage.
///
/// A vector counts as one field. The compiler destroys a structure with more than six fields through its value
/// witnesses, which would cost as much as the rest of a look-up.
@usableFromInline typealias InlineWords = SIMD8<UInt64>

/// Returns whether an element with the given number of bytes fits inline.
@inlinable
func fitsInline(_ byteCount: Int) -> Bool { byteCount <= MemoryLayout<InlineWords>.size }

// MARK: - Collection

extension PerCPUValues: RandomAccessCollection, MutableCollection {
  /// The first index, 0.
  @inlinable public var startIndex: Int { 0 }

  /// The index after the last, ``count``.
  @inlinable public var endIndex: Int { count }

  /// The value in a slot, which is that of CPU `ids[index]` of `PossibleCPUs`. Reading does not allocate. Writing
  /// allocates if the memory is shared with other values.
  @inlinable
  public subscript(index: Int) -> Value {
    get {
      precondition(index >= 0 && index < count, "index out of range")
      return unsafe withSlots { unsafe value(in: index, of: $0) }
    }
    set { set(index, newValue) }
  }

  @usableFromInline
  mutating func set(_ index: Int, _ value: Value) {
    precondition(index >= 0 && index < count, "index out of range")
    guard let layout else { return }
    unsafe withMutableSlots { slots in unsafe layout.encode(value, inSlot: index, of: slots) }
  }
}

extension PerCPUValues where Value: FixedWidthInteger {
  /// Returns the sum of the values of all CPUs, with wraparound.
  @inlinable
  public func sum() -> Value {
    unsafe withSlots { slots in
      var sum: Value = 0
      for index in 0..<count { unsafe sum &+= value(in: index, of: slots) }
      return sum
    }
  }
}

extension PerCPUValues where Value: FloatingPoint {
  /// Returns the sum of the values of all CPUs.
  @inlinable
  public func sum() -> Value { reduce(0, +) }
}

extension PerCPUValues: CustomStringConvertible {
  /// The values, formatted as an array.
  public var description: String { Array(self).description }
}

// MARK: - Slots

extension PerCPUValues {
  /// Whether the slots are stored inline. Checking the array instead would retain it.
  @inlinable var isInline: Bool { fitsInline(slotCount &* stride) }

  /// The distance in bytes between two slots.
  @inlinable var stride: Int { layout?.slotStride ?? 0 }

  /// Calls `body` with the address of the first slot.
  @inlinable @inline(__always)
  func withSlots<R>(_ body: (UnsafeRawPointer) -> R) -> R {
    // Neither buffer is empty if there are values, so both have an address.
    if isInline {
      return unsafe withUnsafeBytes(of: words) { unsafe body($0.baseAddress.unsafelyUnwrapped) }
    }
    return unsafe array.withUnsafeBytes { unsafe body($0.baseAddress.unsafelyUnwrapped + offset) }
  }

  /// Calls `body` with the address of the first slot, for writing.
  @inlinable @inline(__always)
  mutating func withMutableSlots<R, E: Error>(
    _ body: (UnsafeMutableRawPointer) throws(E) -> R
  ) throws(E) -> R {
    if isInline {
      return try unsafe withUnsafeMutableBytes(of: &words) { (words) throws(E) in
        try unsafe body(words.baseAddress.unsafelyUnwrapped)
      }
    }
    let offset = offset
    var bytes = array.mutableSpan
    return try unsafe bytes.withUnsafeMutableBytes { (bytes) throws(E) in
      try unsafe body(bytes.baseAddress.unsafelyUnwrapped + offset)
    }
  }

  /// Returns the value in a slot. If there are values, there is a layout.
  @inlinable @inline(__always)
  func value(in index: Int, of slots: UnsafeRawPointer) -> Value {
    let layout = unsafe layout.unsafelyUnwrapped
    return unsafe layout.decode(slots + index * layout.slotStride)
  }

  /// Calls `body` to fill all slots of an element.
  ///
  /// Reuses the memory if it has the right size and is not shared.
  ///
  /// - Parameters:
  ///   - count: the number of slots.
  ///   - layout: the layout of a value in its slot.
  ///   - body: a closure that fills the slots; returns false if it filled none.
  /// - Returns: the result of `body`.
  @inlinable @inline(__always)
  mutating func fill<E: Error>(
    _ count: Int, _ layout: ElementLayout<Value>, _ body: (UnsafeMutableRawPointer) throws(E) -> Bool
  ) throws(E) -> Bool {
    if !hasCapacity(for: count, layout) { allocate(for: count, layout) }
    let isFilled = try unsafe withMutableSlots(body)
    // Skip a redundant store, which would delay a later load of the whole structure.
    if isFilled, filled != count { filled = count }
    return isFilled
  }

  /// Returns whether the memory fits the given number of slots.
  @inlinable
  func hasCapacity(for count: Int, _ layout: ElementLayout<Value>) -> Bool {
    slotCount == count && self.layout?.isSame(as: layout) == true
      && (isInline || array.count == count * layout.slotStride)
  }

  /// Allocates memory for the given number of slots, and removes all values.
  @usableFromInline
  mutating func allocate(for count: Int, _ layout: ElementLayout<Value>) {
    let byteCount = count * layout.slotStride
    (filled, slotCount, self.layout) = (0, count, layout)
    (array, offset) = (fitsInline(byteCount) ? [] : [UInt8](repeating: 0, count: byteCount), 0)
  }
}
