//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import Synchronization

/// A number that processors and BPF programs load, store and add to in one step: of 32 or 64 bits.
///
/// Nothing is required of a type but its width; those that may be are the ones that conform here.
public protocol AtomicWord: FixedWidthInteger, BitwiseCopyable, Sendable {}

extension Int: AtomicWord {}
extension Int32: AtomicWord {}
extension Int64: AtomicWord {}
extension UInt: AtomicWord {}
extension UInt32: AtomicWord {}
extension UInt64: AtomicWord {}

// Sequentially consistent, as the atomic instructions of BPF are. A type's width is known where this is compiled.
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

  /// Returns what was there before.
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
