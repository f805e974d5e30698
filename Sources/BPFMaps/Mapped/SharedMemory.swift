//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import Synchronization

/// Loads and stores of memory that programs and other processes change.
///
/// Each word is accessed exactly once and whole: the compiler can neither reuse an old value nor split the access. The
/// order of accesses to different words is unspecified.
@usableFromInline
enum SharedMemory {
  /// Returns whether elements are single words that need no conversion.
  static func isWord<Value>(_ layout: ElementLayout<Value>) -> Bool {
    layout.isPlain && [1, 2, 4, 8].contains(MemoryLayout<Value>.size)
  }

  /// Returns whether the type alone shows that elements are words. The compiler evaluates this, so that loops over
  /// numbers contain only the load.
  @inlinable @inline(__always)
  static func isNumber<Value>(_ type: Value.Type) -> Bool {
    type == UInt64.self || type == Int64.self || type == UInt.self || type == Int.self || type == Double.self
      || type == UInt32.self || type == Int32.self || type == Float.self
  }

  /// Returns the element at an index. It must be a word, and slots have 8 bytes.
  @inlinable @inline(__always)
  static func word<Value>(_ base: UnsafeRawPointer, _ index: Int) -> Value {
    // The type's size is a compile-time constant, so that one case remains.
    switch MemoryLayout<Value>.size {
    case 8: unsafe unsafeBitCast(load64(base + index &* 8), to: Value.self)
    case 4: unsafe unsafeBitCast(load32(base + index &* 8), to: Value.self)
    case 2: unsafe unsafeBitCast(load16(base + index &* 8), to: Value.self)
    default: unsafe unsafeBitCast(load8(base + index &* 8), to: Value.self)
    }
  }

  /// Returns the element at an address. The address and the slot's size must be multiples of 8.
  @inlinable @inline(never)
  static func loadWords<Value>(_ address: UnsafeRawPointer, _ layout: ElementLayout<Value>) -> Value {
    // The slot in the map has as many bytes; those beyond the value are zero.
    let byteCount = (max(layout.byteCount, MemoryLayout<Value>.size) + 7) & ~7
    return unsafe withUnsafeTemporaryAllocation(byteCount: byteCount, alignment: 16) { copy in
      for offset in stride(from: 0, to: (layout.byteCount + 7) & ~7, by: 8) {
        unsafe copy.storeBytes(of: load64(address + offset), toByteOffset: offset, as: UInt64.self)
      }
      return unsafe layout.decode(UnsafeRawPointer(copy.baseAddress.unsafelyUnwrapped))
    }
  }

  /// Writes bytes to an address that is a multiple of 8, in the largest possible words.
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

  /// Returns a pointer to a shared word. The address must be a multiple of the word's size.
  @inlinable @inline(__always)
  static func atomic<Word>(_ address: UnsafeRawPointer, _ type: Word.Type) -> UnsafePointer<Atomic<Word>> {
    // `Atomic` has the same layout as the word.
    unsafe address.assumingMemoryBound(to: Atomic<Word>.self)
  }
}
