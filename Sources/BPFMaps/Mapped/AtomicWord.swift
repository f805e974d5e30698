//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import Synchronization

/// An integer of 32 or 64 bits that processors and BPF programs access atomically.
///
/// The protocol has no requirements beyond the width. Do not add conformances.
public protocol AtomicWord: FixedWidthInteger, BitwiseCopyable, Sendable {}

extension Int: AtomicWord {}
extension Int32: AtomicWord {}
extension Int64: AtomicWord {}
extension UInt: AtomicWord {}
extension UInt32: AtomicWord {}
extension UInt64: AtomicWord {}

// The operations are sequentially consistent, like BPF's atomic instructions. The type's width is a compile-time
// constant here.
extension SharedMemory {
  @inlinable
  static func atomicLoad<Word: AtomicWord>(_ address: UnsafeRawPointer) -> Word {
    Word.bitWidth == 64
      ? unsafe Word(
        truncatingIfNeeded: atomic(address, UInt64.self).pointee.load(ordering: .sequentiallyConsistent))
      : unsafe Word(
        truncatingIfNeeded: atomic(address, UInt32.self).pointee.load(ordering: .sequentiallyConsistent))
  }

  @inlinable
  static func atomicStore<Word: AtomicWord>(_ value: Word, _ address: UnsafeRawPointer) {
    if Word.bitWidth == 64 {
      unsafe atomic(address, UInt64.self).pointee.store(
        UInt64(truncatingIfNeeded: value), ordering: .sequentiallyConsistent)
    } else {
      unsafe atomic(address, UInt32.self).pointee.store(
        UInt32(truncatingIfNeeded: value), ordering: .sequentiallyConsistent)
    }
  }

  /// Adds to a number, and returns the previous one.
  @inlinable
  static func atomicAdd<Word: AtomicWord>(_ value: Word, _ address: UnsafeRawPointer) -> Word {
    if Word.bitWidth == 64 {
      let change = unsafe atomic(address, UInt64.self).pointee.wrappingAdd(
        UInt64(truncatingIfNeeded: value), ordering: .sequentiallyConsistent)
      return Word(truncatingIfNeeded: change.oldValue)
    }
    let change = unsafe atomic(address, UInt32.self).pointee.wrappingAdd(
      UInt32(truncatingIfNeeded: value), ordering: .sequentiallyConsistent)
    return Word(truncatingIfNeeded: change.oldValue)
  }
}
