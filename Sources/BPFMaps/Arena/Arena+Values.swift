//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFSyscall

// MARK: - Pointers

extension Arena {
  /// Returns the pointer to a value at an offset from the beginning of the arena.
  ///
  /// - Parameters:
  ///   - type: the type of the value.
  ///   - offset: the offset in bytes.
  /// - Throws: `BPFError`; `.outOfBounds` if the value would not be in the arena, `.invalidArgument` if the offset is not
  ///   a multiple of the type's alignment.
  public func pointer<Value: BitwiseCopyable>(
    to type: Value.Type = Value.self, at offset: Int
  ) throws(BPFError) -> ArenaPointer<Value> {
    let pointer = ArenaPointer<Value>(address: address &+ UInt64(bitPattern: Int64(offset)))
    _ = try region.offset(of: pointer, .lookup)
    return pointer
  }

  /// Returns whether a pointer is aligned, and its value within the arena.
  @inlinable
  public func contains<Value>(_ pointer: ArenaPointer<Value>) -> Bool {
    region.uncheckedOffset(of: pointer) != nil
  }
}

// MARK: - Values

extension Arena {
  /// Returns the current value at a pointer.
  ///
  /// The value is read in words of up to 8 bytes, between which others may write; an aligned number is read whole.
  ///
  /// The kernel allocates the page at the first access. If it has no memory left for it, because of the limit of the
  /// control group, the access ends the process with SIGSEGV. In an arena with `MapCreateFlags.segvOnFault` only
  /// programs allocate pages: there the read is a system call, which fails instead.
  ///
  /// System calls: none; in an arena with `MapCreateFlags.segvOnFault` process_vm_readv(2). No allocation for values
  /// up to 1 KiB.
  ///
  /// - Throws: `BPFError`; `.outOfBounds` if the value is not in the arena, `.invalidArgument` if the pointer is not
  ///   aligned, `.notFound` if the page is not allocated, `.typeMismatch` if the type cannot be in shared memory.
  @inlinable
  public func load<Value: BitwiseCopyable>(_ pointer: ArenaPointer<Value>) throws(BPFError) -> Value {
    guard SharedMemory.isNumber(Value.self), !region.isSegmented else { return try loadBytes(pointer) }
    let offset = try region.offset(of: pointer, .lookup)
    return withExtendedLifetime(region) { unsafe SharedMemory.word(region.base + offset, 0) }
  }

  /// Writes a value at a pointer, with zeros as padding. See ``load(_:)``.
  ///
  /// System calls: none; in an arena with `MapCreateFlags.segvOnFault` process_vm_writev(2).
  ///
  /// - Throws: `BPFError`, as ``load(_:)``.
  public func store<Value: BitwiseCopyable>(
    _ value: Value, at pointer: ArenaPointer<Value>
  ) throws(BPFError) {
    let layout: ElementLayout<Value> = try region.layout(.update)
    let offset = try region.offset(of: pointer, .update)
    try unsafe layout.withBytes(of: value) { (bytes) throws(BPFError) in
      try unsafe region.write(bytes, layout.byteCount, at: offset, alignment: MemoryLayout<Value>.alignment)
    }
  }

  /// The current value at a pointer. See ``load(_:)``.
  @inlinable
  public subscript<Value: BitwiseCopyable>(pointer: ArenaPointer<Value>) -> Value {
    get throws(BPFError) { try load(pointer) }
  }

  @usableFromInline
  func loadBytes<Value: BitwiseCopyable>(_ pointer: ArenaPointer<Value>) throws(BPFError) -> Value {
    let layout: ElementLayout<Value> = try region.layout(.lookup)
    let offset = try region.offset(of: pointer, .lookup)
    let value = try unsafe layout.decodeCopy { (bytes) throws(BPFError) in
      try unsafe region.read(
        layout.byteCount, at: offset, alignment: MemoryLayout<Value>.alignment, into: bytes)
      return true
    }
    // The closure has written the bytes.
    return unsafe value.unsafelyUnwrapped
  }
}

// MARK: - Atomic access

extension Arena {
  /// Loads a number atomically, sequentially consistent.
  ///
  /// System calls: none.
  ///
  /// - Throws: `BPFError`; `.outOfBounds`, `.invalidArgument` if the pointer is not aligned, `.unsupported` in an arena
  ///   with `MapCreateFlags.segvOnFault`, whose pages programs may free.
  @inlinable
  public func atomicLoad<Word: AtomicWord>(_ pointer: ArenaPointer<Word>) throws(BPFError) -> Word {
    let offset = try region.atomicOffset(of: pointer, .lookup)
    return withExtendedLifetime(region) {
      unsafe SharedMemory.atomicLoad(UnsafeRawPointer(region.base + offset))
    }
  }

  /// Stores a number atomically, sequentially consistent. Throws as ``atomicLoad(_:)``.
  @inlinable
  public func atomicStore<Word: AtomicWord>(
    _ value: Word, at pointer: ArenaPointer<Word>
  ) throws(BPFError) {
    let offset = try region.atomicOffset(of: pointer, .update)
    withExtendedLifetime(region) { unsafe SharedMemory.atomicStore(value, region.base + offset) }
  }

  /// Adds to a number atomically, with wraparound. Throws as ``atomicLoad(_:)``.
  ///
  /// - Returns: the previous number.
  @inlinable @discardableResult
  public func atomicAdd<Word: AtomicWord>(
    _ value: Word, at pointer: ArenaPointer<Word>
  ) throws(BPFError) -> Word {
    let offset = try region.atomicOffset(of: pointer, .update)
    return withExtendedLifetime(region) { unsafe SharedMemory.atomicAdd(value, region.base + offset) }
  }
}
