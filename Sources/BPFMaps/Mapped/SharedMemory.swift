//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import Synchronization

/// Loads and stores of memory that programs and other processes change.
///
/// Each word is accessed once and whole, so that the compiler neither keeps an old value nor reads half of a new one.
/// The order of words is left open.
@usableFromInline
enum SharedMemory {
  /// Whether elements are words, and may be read where they lie.
  static func isWord<Value>(_ layout: ElementLayout<Value>) -> Bool {
    layout.isPlain && [1, 2, 4, 8].contains(MemoryLayout<Value>.size)
  }

  /// Whether elements are words for certain, going by their type alone. That is known where this is compiled, so
  /// that nothing is left in a loop over numbers but the load.
  @inlinable @inline(__always)
  static func isNumber<Value>(_ type: Value.Type) -> Bool {
    type == UInt64.self || type == Int64.self || type == UInt.self || type == Int.self || type == Double.self
      || type == UInt32.self || type == Int32.self || type == Float.self
  }

  /// The element at an index, which is a word, and stands in a slot of 8 bytes.
  @inlinable @inline(__always)
  static func word<Value>(_ base: UnsafeRawPointer, _ index: Int) -> Value {
    // A type's size is known where this is compiled, so that only one of these is left.
    switch MemoryLayout<Value>.size {
    case 8: unsafe unsafeBitCast(load64(base + index &* 8), to: Value.self)
    case 4: unsafe unsafeBitCast(load32(base + index &* 8), to: Value.self)
    case 2: unsafe unsafeBitCast(load16(base + index &* 8), to: Value.self)
    default: unsafe unsafeBitCast(load8(base + index &* 8), to: Value.self)
    }
  }

  /// The element at an address, which is a multiple of 8, in a slot of as many bytes.
  @inlinable @inline(never)
  static func loadWords<Value>(_ address: UnsafeRawPointer, _ layout: ElementLayout<Value>) -> Value {
    // The slot in the map is as many bytes, and more than the value's own are zero.
    let byteCount = (max(layout.byteCount, MemoryLayout<Value>.size) + 7) & ~7
    return unsafe withUnsafeTemporaryAllocation(byteCount: byteCount, alignment: 16) { copy in
      for offset in stride(from: 0, to: (layout.byteCount + 7) & ~7, by: 8) {
        unsafe copy.storeBytes(of: load64(address + offset), toByteOffset: offset, as: UInt64.self)
      }
      return unsafe layout.decode(UnsafeRawPointer(copy.baseAddress.unsafelyUnwrapped))
    }
  }

  /// Writes bytes to an address that is a multiple of 8, in words as large as fit.
  @inlinable
  static func store(_ bytes: UnsafeRawPointer, _ byteCount: Int, to address: UnsafeMutableRawPointer) {
    var offset = 0
    while byteCount - offset >= 8 {
      let word = unsafe bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
      unsafe atomic(address + offset, UInt64.self).pointee.store(word, ordering: .relaxed)
      offset += 8
    }
    if byteCount - offset >= 4 {
      let word = unsafe bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self)
      unsafe atomic(address + offset, UInt32.self).pointee.store(word, ordering: .relaxed)
      offset += 4
    }
    if byteCount - offset >= 2 {
      let word = unsafe bytes.loadUnaligned(fromByteOffset: offset, as: UInt16.self)
      unsafe atomic(address + offset, UInt16.self).pointee.store(word, ordering: .relaxed)
      offset += 2
    }
    if byteCount - offset >= 1 {
      let word = unsafe bytes.load(fromByteOffset: offset, as: UInt8.self)
      unsafe atomic(address + offset, UInt8.self).pointee.store(word, ordering: .relaxed)
    }
  }
}

// MARK: - Words

extension SharedMemory {
  @inlinable @inline(__always)
  static func load64(_ address: UnsafeRawPointer) -> UInt64 {
    unsafe atomic(address, UInt64.self).pointee.load(ordering: .relaxed)
  }

  @inlinable @inline(__always)
  static func load32(_ address: UnsafeRawPointer) -> UInt32 {
    unsafe atomic(address, UInt32.self).pointee.load(ordering: .relaxed)
  }

  @inlinable @inline(__always)
  static func load16(_ address: UnsafeRawPointer) -> UInt16 {
    unsafe atomic(address, UInt16.self).pointee.load(ordering: .relaxed)
  }

  @inlinable @inline(__always)
  static func load8(_ address: UnsafeRawPointer) -> UInt8 {
    unsafe atomic(address, UInt8.self).pointee.load(ordering: .relaxed)
  }

  /// A word in memory that others change. Its address must be a multiple of its size.
  @inlinable @inline(__always)
  static func atomic<Word>(_ address: UnsafeRawPointer, _ type: Word.Type) -> UnsafePointer<Atomic<Word>> {
    // `Atomic` is a word in memory and nothing else.
    unsafe address.assumingMemoryBound(to: Atomic<Word>.self)
  }
}
