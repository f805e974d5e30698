//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFSyscall

/// A number in each element of a mapped array, with atomic loads, stores and additions.
///
/// The operations are atomic also towards BPF programs and other processes. All are sequentially consistent, and none
/// makes a system call.
public struct AtomicElements<Word: AtomicWord>: Sendable {
  /// The number of elements.
  public let count: Int

  @usableFromInline let region: MappedRegion
  @usableFromInline let stride: Int
  @usableFromInline let offset: Int

  @usableFromInline
  init(_ region: MappedRegion, count: Int, stride: Int, offset: Int) {
    (self.region, self.count, self.stride, self.offset) = (region, count, stride, offset)
  }
}

extension AtomicElements: RandomAccessCollection {
  /// The first index, 0.
  @inlinable public var startIndex: Int { 0 }

  /// The index after the last, ``count``.
  @inlinable public var endIndex: Int { count }

  /// Loads the number at an index.
  @inlinable
  public subscript(index: Int) -> Word {
    precondition(index >= 0 && index < count, "index out of range")
    return withExtendedLifetime(region) {
      unsafe SharedMemory.atomicLoad(UnsafeRawPointer(region.base + (index * stride + offset)))
    }
  }

  /// Stores a number at an index.
  ///
  /// - Throws: `BPFError`; `.outOfBounds`, `.readOnly`.
  @inlinable
  public func store(_ value: Word, at index: Int) throws(BPFError) {
    try check(index)
    withExtendedLifetime(region) {
      unsafe SharedMemory.atomicStore(value, region.base + (index * stride + offset))
    }
  }

  /// Adds to the number at an index, with wraparound.
  ///
  /// - Returns: the previous number.
  /// - Throws: `BPFError`; `.outOfBounds`, `.readOnly`.
  @inlinable @discardableResult
  public func add(_ value: Word, at index: Int) throws(BPFError) -> Word {
    try check(index)
    return withExtendedLifetime(region) {
      unsafe SharedMemory.atomicAdd(value, region.base + (index * stride + offset))
    }
  }

  @inlinable
  func check(_ index: Int) throws(BPFError) {
    guard index >= 0, index < count else { throw region.outOfBounds(index) }
    guard region.isWritable else { throw region.readOnly() }
  }
}

extension AtomicElements: CustomStringConvertible {
  /// The numbers, formatted as an array.
  public var description: String { Array(self).description }
}

// MARK: - Atomics of a mapped array

extension MappedArray where Value: AtomicWord {
  /// The elements, with atomic loads, stores and additions.
  @inlinable
  public var atomics: AtomicElements<Value> {
    AtomicElements(region, count: count, stride: region.stride, offset: 0)
  }
}

extension MappedArray {
  /// Returns atomic access to a number in each element.
  ///
  /// ```swift
  /// struct Traffic: BitwiseCopyable {
  ///   var packets: UInt64
  ///   var bytes: UInt64
  /// }
  ///
  /// let traffic = try MappedArray<Traffic>(name: "traffic", maxEntries: 16)
  /// let bytes = try traffic.atomics(of: \.bytes)
  /// try bytes.add(1500, at: 0)
  /// ```
  ///
  /// - Parameter field: a stored property of the elements, at an offset that is a multiple of its size.
  /// - Throws: `BPFError`; `.invalidArgument` for other properties.
  public func atomics<Word: AtomicWord>(of field: KeyPath<Value, Word>) throws(BPFError) -> AtomicElements<
    Word
  > {
    let offset = MemoryLayout<Value>.offset(of: field)
    guard let offset, offset % MemoryLayout<Word>.size == 0 else {
      throw handle.failure(
        .map, .invalidArgument, nil,
        offset == nil
          ? "\(field) is not stored in the element"
          : "\(field) is not aligned, so access to it is not atomic")
    }
    return AtomicElements(region, count: count, stride: region.stride, offset: offset)
  }
}
