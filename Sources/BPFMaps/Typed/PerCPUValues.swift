//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// The values of one key of a per-CPU map: one for each possible CPU, in the order of `PossibleCPUs.ids`.
///
/// It is a copy: setting an element changes nothing in the kernel until it is written back. Up to 64 bytes for all CPUs
/// lie in the structure itself, without an allocation. More lie in an array, which the values of a map's entries share.
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

  /// The slots, if they fit; `array` is empty then.
  @usableFromInline var words = FewWords.zero

  /// An array that has the slots of this element at `offset`.
  @usableFromInline var array: [UInt8]

  @usableFromInline var offset: Int

  /// Creates a collection without values, to look up into.
  public init() {
    (filled, slotCount, layout, array, offset) = (0, 0, nil, [], 0)
  }

  /// Creates the values of an element of a map whose slots fit in the structure.
  @inlinable
  init(_ words: FewWords, of map: MapHandle, _ layout: ElementLayout<Value>) {
    (filled, slotCount) = (map.valuesPerElement, map.valuesPerElement)
    (self.layout, self.words, array, offset) = (layout, words, [], 0)
  }

  /// Creates the values of one element, whose slots begin at an offset in an array.
  @inlinable
  init(_ array: [UInt8], at offset: Int, count: Int, _ layout: ElementLayout<Value>) {
    (filled, slotCount, self.layout) = (count, count, layout)
    let byteCount = count * layout.slotStride
    if isSmall(byteCount) {
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

/// The bytes that lie in the structure.
///
/// A vector is one element to the compiler: a structure of more than six is destroyed through its value witnesses, which
/// costs as much as all the rest of a look-up.
@usableFromInline typealias FewWords = SIMD8<UInt64>

/// Whether the slots of an element fit in the structure.
@inlinable
func isSmall(_ byteCount: Int) -> Bool { byteCount <= MemoryLayout<FewWords>.size }

// MARK: - Collection

extension PerCPUValues: RandomAccessCollection, MutableCollection {
  /// The first index, 0.
  @inlinable public var startIndex: Int { 0 }

  /// The index after the last, ``count``.
  @inlinable public var endIndex: Int { count }

  /// The value in a slot: of CPU `ids[index]` of `PossibleCPUs`. No allocation to read. Writing allocates if the memory
  /// is shared with other values.
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
  /// Returns the values' sum over all CPUs. It wraps around where the counters would.
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
  /// Returns the values' sum over all CPUs.
  @inlinable
  public func sum() -> Value { reduce(0, +) }
}

extension PerCPUValues: CustomStringConvertible {
  /// The values, as of an array.
  public var description: String { Array(self).description }
}

// MARK: - Slots

extension PerCPUValues {
  /// Whether the slots lie in the structure. Asking the array would count a reference to it.
  @inlinable var isInPlace: Bool { isSmall(slotCount &* stride) }

  /// Bytes from one slot to the next.
  @inlinable var stride: Int { layout?.slotStride ?? 0 }

  /// Lends the address of the first slot.
  @inlinable @inline(__always)
  func withSlots<R>(_ body: (UnsafeRawPointer) -> R) -> R {
    // Both buffers have an address: neither is empty when there are values.
    if isInPlace {
      return unsafe withUnsafeBytes(of: words) { unsafe body($0.baseAddress.unsafelyUnwrapped) }
    }
    return unsafe array.withUnsafeBytes { unsafe body($0.baseAddress.unsafelyUnwrapped + offset) }
  }

  /// Lends the address of the first slot for writing.
  @inlinable @inline(__always)
  mutating func withMutableSlots<R>(_ body: (UnsafeMutableRawPointer) -> R) -> R {
    if isInPlace {
      return unsafe withUnsafeMutableBytes(of: &words) { unsafe body($0.baseAddress.unsafelyUnwrapped) }
    }
    return unsafe array.withUnsafeMutableBytes {
      unsafe body($0.baseAddress.unsafelyUnwrapped + offset)
    }
  }

  /// The value in a slot. There is a layout once there are values.
  @inlinable @inline(__always)
  func value(in index: Int, of slots: UnsafeRawPointer) -> Value {
    let layout = unsafe layout.unsafelyUnwrapped
    return unsafe layout.decode(slots + index * layout.slotStride)
  }

  /// Has `body` fill in the slots of an element that fit in the structure.
  ///
  /// - Parameter body: returns 0 if it filled them, and otherwise an errno.
  @inlinable @inline(__always)
  static func readWords(_ body: (UnsafeMutableRawPointer) -> CInt) -> (words: FewWords, errno: CInt) {
    var words = FewWords.zero
    let errno = unsafe withUnsafeMutableBytes(of: &words) { unsafe body($0.baseAddress.unsafelyUnwrapped) }
    return (words, errno)
  }

  /// Has `body` fill in all slots of an element of a map.
  ///
  /// The memory is used again if it is as large as needed and not shared.
  ///
  /// - Parameters:
  ///   - count: the number of slots.
  ///   - layout: how a value lies in its slot.
  ///   - body: returns 0 if it filled them, and otherwise an errno.
  /// - Returns: what `body` returned.
  @inlinable @inline(__always)
  mutating func fill(
    _ count: Int, _ layout: ElementLayout<Value>, _ body: (UnsafeMutableRawPointer) -> CInt
  ) -> CInt {
    if !hasRoom(for: count, layout) { makeRoom(for: count, layout) }
    let errno = unsafe withMutableSlots(body)
    // A reader of the whole structure would wait for a store of what is there already.
    if errno == 0, filled != count { filled = count }
    return errno
  }

  /// Whether the memory is for that many slots of a layout.
  @inlinable
  func hasRoom(for count: Int, _ layout: ElementLayout<Value>) -> Bool {
    slotCount == count && self.layout?.isSame(as: layout) == true
      && (isInPlace || array.count == count * layout.slotStride)
  }

  /// Makes the memory as large as some slots of a layout need. There are no values then.
  @usableFromInline
  mutating func makeRoom(for count: Int, _ layout: ElementLayout<Value>) {
    let byteCount = count * layout.slotStride
    (filled, slotCount, self.layout) = (0, count, layout)
    (array, offset) = (isSmall(byteCount) ? [] : [UInt8](repeating: 0, count: byteCount), 0)
  }
}
