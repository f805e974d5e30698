//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// The values of one key of a per-CPU map: one for each possible CPU, in the order of `PossibleCPUs.ids`.
///
/// It is a copy: setting an element changes nothing in the kernel until it is written back. Values taken from the
/// entries of a map share the memory of all of them, so that none takes an allocation of its own.
///
/// ```swift
/// let packets = try PerCPUArrayMap<UInt64>(name: "packets", maxEntries: 4)
/// if let values = try packets[2] { print(values.sum(), values.max() ?? 0) }
/// ```
public struct PerCPUValues<Value: BitwiseCopyable>: Sendable {
  /// How many possible CPUs there are; 0 before anything was looked up.
  @inlinable public var count: Int { filled }

  @usableFromInline var filled: Int

  /// How many there are once something is looked up.
  @usableFromInline var slotCount: Int

  @usableFromInline var bytes: [UInt8]
  @usableFromInline private(set) var offset: Int
  @usableFromInline private(set) var stride: Int
  @usableFromInline private(set) var layout: ElementLayout<Value>?

  /// No values: a place to look up into. The first look-up allocates, those after it use its memory.
  public init() {
    (filled, slotCount, bytes, offset, stride, layout) = (0, 0, [], 0, 0, nil)
  }

  /// Those of one element, whose slots begin at an offset in a buffer.
  @usableFromInline
  init(_ bytes: [UInt8], at offset: Int, count: Int, stride: Int, _ layout: ElementLayout<Value>) {
    (self.bytes, self.offset, self.stride, self.layout) = (bytes, offset, stride, layout)
    (filled, slotCount) = (count, count)
  }
}

// MARK: - Collection

extension PerCPUValues: RandomAccessCollection, MutableCollection {
  /// The first index, 0.
  @inlinable public var startIndex: Int { 0 }

  /// The index after the last, ``count``.
  @inlinable public var endIndex: Int { count }

  /// The value in a slot: of CPU `ids[index]` of `PossibleCPUs`. No allocation to read; to write one, if the memory
  /// is shared with other values.
  @inlinable
  public subscript(index: Int) -> Value {
    get {
      precondition(index >= 0 && index < count, "index out of range")
      // There is a layout, and `count` slots, once there are values.
      return unsafe bytes.withUnsafeBytes { bytes in
        unsafe layout.unsafelyUnwrapped.decode(
          bytes.baseAddress.unsafelyUnwrapped + offset + index * stride)
      }
    }
    set { set(index, newValue) }
  }

  @usableFromInline
  mutating func set(_ index: Int, _ value: Value) {
    precondition(index >= 0 && index < count, "index out of range")
    guard let layout else { return }
    let start = offset + index * stride
    unsafe bytes.withUnsafeMutableBytes { bytes in
      unsafe layout.encode(
        value, into: UnsafeMutableRawBufferPointer(rebasing: bytes[start..<start + layout.byteCount]))
    }
  }
}

extension PerCPUValues where Value: FixedWidthInteger {
  /// The values' sum over all CPUs. It wraps around where the counters would.
  @inlinable
  public func sum() -> Value { reduce(0) { $0 &+ $1 } }
}

extension PerCPUValues where Value: FloatingPoint {
  /// The values' sum over all CPUs.
  @inlinable
  public func sum() -> Value { reduce(0, +) }
}

extension PerCPUValues: CustomStringConvertible {
  /// The values, as of an array.
  public var description: String { Array(self).description }
}

// MARK: - To and from the kernel

extension PerCPUValues {
  /// Has `body` fill in all slots of an element of a map.
  ///
  /// The memory is used again if it is as large as needed and nobody else's.
  ///
  /// - Parameter body: returns 0 if it did, and else an errno.
  /// - Returns: what `body` returned.
  @inlinable
  mutating func fill(
    for map: MapHandle, _ layout: ElementLayout<Value>, _ body: (UnsafeMutableRawPointer) -> CInt
  ) -> CInt {
    if bytes.count != map.valueStride || count == 0 { makeRoom(for: map, layout) }
    // Where values fit a map of the type, there is at least one slot.
    let errno = unsafe bytes.withUnsafeMutableBytes { unsafe body($0.baseAddress.unsafelyUnwrapped) }
    if errno == 0 { filled = slotCount }
    return errno
  }

  @usableFromInline @inline(never)
  mutating func makeRoom(for map: MapHandle, _ layout: ElementLayout<Value>) {
    if bytes.count != map.valueStride { bytes = [UInt8](repeating: 0, count: map.valueStride) }
    (filled, offset, stride, self.layout) = (0, 0, map.perCPUStride, layout)
    slotCount = map.valuesPerElement
  }
}
