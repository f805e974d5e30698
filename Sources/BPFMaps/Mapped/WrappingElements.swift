//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFSyscall

/// The elements of a mapped array whose count is a power of two, by any number modulo the count.
///
/// A subscript has no bounds to check, since only the lowest bits of the number count, as in a hash table. So a read at
/// random costs as much as in C.
///
/// ```swift
/// let slots = try MappedArray<UInt64>(name: "slots", maxEntries: 1024)
/// let table = try slots.wrapping()
/// let hash = 0x9e37_79b9
/// print(table[hash] == slots[hash % 1024])
/// ```
@safe
public struct WrappingElements<Value: BitwiseCopyable>: Sendable {
  @usableFromInline let region: MappedRegion

  /// The address of the first element, valid while `region` exists.
  @usableFromInline nonisolated(unsafe) let base: UnsafeMutableRawPointer

  /// The number of elements minus one.
  @usableFromInline let mask: Int

  /// Whether one word-sized load reads an element.
  @usableFromInline let isWord: Bool

  init(_ array: MappedArray<Value>) {
    (region, mask, isWord) = (array.region, array.count - 1, array.isWord)
    unsafe base = array.base
  }

  /// The number of elements, a power of two.
  @inlinable public var count: Int { mask + 1 }

  /// Returns the current element at a number modulo ``count``. A memory load; no allocation for values up to 1 KiB.
  ///
  /// - Parameter number: any number: -1 stands for the last element.
  @inlinable
  public subscript(number: Int) -> Value {
    withExtendedLifetime(region) { load(number & mask) }
  }

  /// Returns the element at an index below ``count``.
  @inlinable @inline(__always)
  func load(_ index: Int) -> Value {
    SharedMemory.isNumber(Value.self) || isWord ? unsafe SharedMemory.word(base, index) : loadWords(index)
  }

  @inlinable @inline(never)
  func loadWords(_ index: Int) -> Value {
    unsafe SharedMemory.loadWords(
      UnsafeRawPointer(base + index * region.stride), ElementLayout<Value>(region.valueFacts))
  }
}

extension MappedArray {
  /// Returns the elements by any number modulo their count, without bounds checks.
  ///
  /// System calls: none.
  ///
  /// - Throws: `BPFError`; `.invalidArgument` unless ``count`` is a power of two.
  public func wrapping() throws(BPFError) -> WrappingElements<Value> {
    guard count.nonzeroBitCount == 1 else {
      throw handle.failure(
        .map, .invalidArgument, nil,
        "the number of elements, \(count), is not a power of two: create the array with more, such as "
          + "\(MappedArray.powerOfTwo(above: count))")
    }
    return WrappingElements(self)
  }

  private static func powerOfTwo(above count: Int) -> Int { 1 << (Int.bitWidth - count.leadingZeroBitCount) }
}
