//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFSyscall
internal import Synchronization
internal import SystemPackage

// MARK: - Checks

extension ArenaRegion {
  /// Returns the offset of a pointer; nil if it is not aligned, or its value is not in the arena.
  @inlinable @inline(__always)
  func uncheckedOffset<Value>(of pointer: ArenaPointer<Value>) -> Int? {
    let offset = pointer.address &- address
    let size = MemoryLayout<Value>.size
    // The arena begins at a page, so an offset has the alignment of its address.
    guard size <= byteCount, offset <= UInt64(byteCount &- size),
      offset & UInt64(MemoryLayout<Value>.alignment &- 1) == 0
    else { return nil }
    return Int(truncatingIfNeeded: offset)
  }

  /// Returns the offset of a pointer.
  ///
  /// - Throws: `BPFError`; `.outOfBounds`, or `.invalidArgument` if the pointer is not aligned.
  @inlinable @inline(__always)
  func offset<Value>(of pointer: ArenaPointer<Value>, _ operation: BPFError.Operation) throws(BPFError) -> Int
  {
    guard let offset = uncheckedOffset(of: pointer) else {
      throw refusal(
        pointer.address, operation, MemoryLayout<Value>.size, alignment: MemoryLayout<Value>.alignment)
    }
    return offset
  }

  /// Returns the offset of a word for an atomic access.
  @inlinable @inline(__always)
  func atomicOffset<Word: AtomicWord>(
    of pointer: ArenaPointer<Word>, _ operation: BPFError.Operation
  ) throws(BPFError) -> Int {
    guard !isSegmented else { throw atomicRefusal(operation) }
    return try offset(of: pointer, operation)
  }

  @usableFromInline
  func refusal(
    _ pointer: UInt64, _ operation: BPFError.Operation, _ size: Int, alignment: Int
  ) -> BPFError {
    let end = address &+ UInt64(byteCount)
    guard pointer >= address, pointer < end, UInt64(size) <= end - pointer else {
      let text =
        pointer == 0 ? "the null pointer points to no value" : "\(size) bytes at \(pointer.hexadecimal)"
      return handle.failure(
        operation, .outOfBounds, nil,
        pointer == 0
          ? text : "\(text) are not in the arena, \(address.hexadecimal) to \((end - 1).hexadecimal)")
    }
    return handle.failure(
      operation, .invalidArgument, nil,
      "the address \(pointer.hexadecimal) is not a multiple of the alignment, \(alignment)")
  }

  @usableFromInline
  func atomicRefusal(_ operation: BPFError.Operation) -> BPFError {
    handle.failure(
      operation, .unsupported, nil,
      "an arena with BPF_F_SEGV_ON_FAULT has no atomic access: it would end the process if a program freed the page"
    )
  }

  /// Returns the layout of values in the arena.
  ///
  /// - Throws: `BPFError`; `.typeMismatch` for a type whose values cannot be read from memory that others write.
  func layout<Value: BitwiseCopyable>(
    _ operation: BPFError.Operation
  ) throws(BPFError) -> ElementLayout<Value> {
    let facts = LayoutFacts.of(Value.self, byteCount: MemoryLayout<Value>.size)
    let reason = facts.bytes.size == 0 ? "it has no bytes" : facts.bytes.refusal
    if let reason {
      throw handle.failure(operation, .typeMismatch, nil, "\(Value.self) cannot be in an arena: \(reason)")
    }
    return ElementLayout(facts)
  }
}

// MARK: - Bytes

extension ArenaRegion {
  /// Copies bytes out of the arena.
  func read(
    _ count: Int, at offset: Int, alignment: Int, into bytes: UnsafeMutableRawPointer
  ) throws(BPFError) {
    let source = unsafe UnsafeRawPointer(base + offset)
    guard isSegmented else {
      return withExtendedLifetime(self) {
        unsafe SharedMemory.copy(from: source, to: bytes, count, alignment: alignment)
      }
    }
    do throws(Errno) {
      try unsafe OwnMemory.read(from: source, into: UnsafeMutableRawBufferPointer(start: bytes, count: count))
    } catch {
      throw fault(error, .lookup, offset)
    }
  }

  /// Copies bytes into the arena.
  func write(
    _ bytes: UnsafeRawPointer, _ count: Int, at offset: Int, alignment: Int
  ) throws(BPFError) {
    let target = unsafe base + offset
    guard isSegmented else {
      return withExtendedLifetime(self) {
        unsafe SharedMemory.copy(from: bytes, into: target, count, alignment: alignment)
      }
    }
    do throws(Errno) {
      try unsafe OwnMemory.write(UnsafeRawBufferPointer(start: bytes, count: count), to: target)
    } catch {
      throw fault(error, .update, offset)
    }
  }

  private func fault(_ errno: Errno, _ operation: BPFError.Operation, _ offset: Int) -> BPFError {
    guard errno == .badAddress else { return handle.failure(operation, errno) }
    let place = (address &+ UInt64(offset)).hexadecimal
    return handle.failure(
      operation, .notFound, errno, "no program has allocated the arena's page of \(place)")
  }
}

extension SharedMemory {
  /// Copies bytes out of shared memory at an aligned address, in the largest possible words.
  static func copy(
    from source: UnsafeRawPointer, to target: UnsafeMutableRawPointer, _ count: Int, alignment: Int
  ) {
    var offset = 0
    while offset < count {
      let word = wordSize(count - offset, alignment)
      let (from, to) = unsafe (source + offset, target + offset)
      switch word {
      case 8: unsafe to.storeBytes(of: load64(from), as: UInt64.self)
      case 4: unsafe to.storeBytes(of: load32(from), as: UInt32.self)
      case 2: unsafe to.storeBytes(of: load16(from), as: UInt16.self)
      default: unsafe to.storeBytes(of: load8(from), as: UInt8.self)
      }
      offset += word
    }
  }

  /// Copies bytes into shared memory at an aligned address, in the largest possible words.
  static func copy(
    from source: UnsafeRawPointer, into target: UnsafeMutableRawPointer, _ count: Int, alignment: Int
  ) {
    var offset = 0
    while offset < count {
      let word = wordSize(count - offset, alignment)
      let (from, to) = unsafe (source + offset, target + offset)
      switch word {
      case 8:
        unsafe atomic(to, UInt64.self).pointee.store(from.loadUnaligned(as: UInt64.self), ordering: .relaxed)
      case 4:
        unsafe atomic(to, UInt32.self).pointee.store(from.loadUnaligned(as: UInt32.self), ordering: .relaxed)
      case 2:
        unsafe atomic(to, UInt16.self).pointee.store(from.loadUnaligned(as: UInt16.self), ordering: .relaxed)
      default: unsafe atomic(to, UInt8.self).pointee.store(from.load(as: UInt8.self), ordering: .relaxed)
      }
      offset += word
    }
  }

  /// Returns the size of the next word: a power of two, at most 8, the alignment, and the remaining bytes.
  private static func wordSize(_ rest: Int, _ alignment: Int) -> Int {
    let most = min(alignment, 8)
    return rest >= most ? most : rest >= 4 ? 4 : rest >= 2 ? 2 : 1
  }
}
