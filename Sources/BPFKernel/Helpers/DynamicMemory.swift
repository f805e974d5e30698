//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import CBPFKernel

/// Memory whose length is known only when the program runs, such as a record (`struct bpf_dynptr`, Linux 5.19).
@safe public struct DynamicMemory {
  let pointer: UnsafeMutableRawPointer

  /// Wraps the memory that a function of the program is called with.
  @inline(__always)
  @unsafe public init(_ pointer: UnsafeMutableRawPointer) { unsafe self.pointer = pointer }

  /// Returns a copy of the value at an offset; nil if the memory ends before its last byte (`bpf_dynptr_read`).
  @inline(__always)
  public func load<T: BitwiseCopyable>(_ type: T.Type = T.self, at offset: UInt32 = 0) -> T? {
    requireKernel()
    return unsafe withZeroedMemory(of: type) { value in
      unsafe bpfkernel_dynptr_read(value, UInt32(truncatingIfNeeded: MemoryLayout<T>.size), pointer, offset)
        == 0
        ? value.pointee : nil
    }
  }

  /// Writes a value at an offset (`bpf_dynptr_write`). Returns false if the memory ends before its last byte.
  @inline(__always) @discardableResult
  public func store<T: BitwiseCopyable>(_ value: T, at offset: UInt32 = 0) -> Bool {
    requireKernel()
    return unsafe withZeroedCopy(of: value) { value in
      unsafe bpfkernel_dynptr_write(pointer, offset, value, UInt32(truncatingIfNeeded: MemoryLayout<T>.size))
        == 0
    }
  }
}

extension RingBuffer {
  /// Reserves memory for a record of a length that is not a constant, and sends it if the closure returns true
  /// (`bpf_ringbuf_reserve_dynptr`, Linux 5.19). Returns whether it was sent.
  ///
  /// The closure writes within the memory only: it is empty if the ring buffer is full.
  @inline(__always) @discardableResult
  public func withRecord(bytes: UInt32, _ body: (DynamicMemory) -> Bool) -> Bool {
    // A dynptr. Other modules cannot see that the type of C is bitwise copyable.
    unsafe withZeroedMemory(of: (UInt64, UInt64).self) { memory in
      let memory = UnsafeMutableRawPointer(memory)
      let isReserved = unsafe bpfkernel_reserve_dynptr(_map, bytes, memory) == 0
      let isComplete = body(unsafe DynamicMemory(memory))
      if isReserved && isComplete {
        unsafe bpfkernel_submit_dynptr(memory)
      } else {
        unsafe bpfkernel_discard_dynptr(memory)
      }
      return isReserved && isComplete
    }
  }
}
