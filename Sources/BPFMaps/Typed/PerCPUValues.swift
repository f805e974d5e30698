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

  /// Bytes from one slot to the next.
  @usableFromInline var stride: Int

  @usableFromInline var layout: ElementLayout<Value>?

  /// The slots, if they fit; `array` is empty then.
  @usableFromInline var words = noWords

  /// An array that has the slots of this element at `offset`.
  @usableFromInline var array: [UInt8]

  @usableFromInline var offset: Int

  /// Creates a collection without values, to look up into.
  public init() {
    (filled, slotCount, stride, layout, array, offset) = (0, 0, 0, nil, [], 0)
  }

  /// Creates the values of an element of a map whose slots fit in the structure.
  @inlinable
  init(_ words: FewWords, of map: MapHandle, _ layout: ElementLayout<Value>) {
    (filled, slotCount) = (map.valuesPerElement, map.valuesPerElement)
    (stride, self.layout) = (map.perCPUStride, layout)
    (self.words, array, offset) = (words, [], 0)
  }

  /// Creates zero values with the layout of a map's.
  @usableFromInline
  init(for map: MapHandle, _ layout: ElementLayout<Value>) {
    (filled, slotCount, stride, self.layout) = (0, map.valuesPerElement, map.perCPUStride, layout)
    (array, offset) = (isSmall(map.valueStride) ? [] : [UInt8](repeating: 0, count: map.valueStride), 0)
  }

  /// Creates the values of one element, whose slots begin at an offset in an array.
  @inlinable
  init(_ array: [UInt8], at offset: Int, count: Int, stride: Int, _ layout: ElementLayout<Value>) {
    (filled, slotCount, self.stride, self.layout) = (count, count, stride, layout)
    let byteCount = count * stride
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
@usableFromInline typealias FewWords = (UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64)

@inlinable var noWords: FewWords { (0, 0, 0, 0, 0, 0, 0, 0) }

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
    let start = index * stride
    unsafe withMutableSlots { slots in
      unsafe layout.encode(
        value, into: UnsafeMutableRawBufferPointer(start: slots + start, count: layout.byteCount))
    }
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
    unsafe layout.unsafelyUnwrapped.decode(slots + index * stride)
  }

  /// Has `body` fill in the slots of an element that fit in the structure.
  ///
  /// - Parameter body: returns 0 if it filled them, and otherwise an errno.
  @inlinable @inline(__always)
  static func readWords(_ body: (UnsafeMutableRawPointer) -> CInt) -> (words: FewWords, errno: CInt) {
    var words = noWords
    let errno = unsafe withUnsafeMutableBytes(of: &words) { unsafe body($0.baseAddress.unsafelyUnwrapped) }
    return (words, errno)
  }

  /// Has `body` fill in all slots of an element of a map.
  ///
  /// The memory is used again if it is as large as needed and not shared.
  ///
  /// - Parameter body: returns 0 if it filled them, and otherwise an errno.
  /// - Returns: what `body` returned.
  @inlinable @inline(__always)
  mutating func fill(
    for map: MapHandle, _ layout: ElementLayout<Value>, _ body: (UnsafeMutableRawPointer) -> CInt
  ) -> CInt {
    if !fits(map) { self = PerCPUValues(for: map, layout) }
    self.layout = layout
    let errno = unsafe withMutableSlots(body)
    if errno == 0 { filled = slotCount }
    return errno
  }

  /// Whether the memory is laid out as an element of a map.
  @inlinable
  func fits(_ map: MapHandle) -> Bool {
    slotCount == map.valuesPerElement && stride == map.perCPUStride
      && (isInPlace || array.count == map.valueStride)
  }
}
