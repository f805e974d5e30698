//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// Calls a closure with the address of a copy whose padding is zero: the kernel compares all bytes of a key, and older
/// kernels refuse a value with bytes of the stack that were never written.
///
/// The compiler drops the zeros of a type without padding.
@inline(__always)
@unsafe func withZeroedCopy<T: BitwiseCopyable, R>(of value: T, _ body: (UnsafeMutablePointer<T>) -> R) -> R {
  unsafe withZeroedMemory(of: T.self) { copy in
    unsafe copy.initialize(to: value)
    return unsafe body(copy)
  }
}

/// Calls a closure with the address of memory for a value, which is zero.
@inline(__always)
@unsafe func withZeroedMemory<T: BitwiseCopyable, R>(
  of type: T.Type, _ body: (UnsafeMutablePointer<T>) -> R
) -> R {
  unsafe withMemory(of: type) { memory in
    unsafe UnsafeMutableRawPointer(memory).initializeMemory(
      as: UInt8.self, repeating: 0, count: MemoryLayout<T>.stride)
    return unsafe body(memory)
  }
}

/// Calls a closure with the address of memory for a value, which a helper writes: with zeros if it fails.
@inline(__always)
@unsafe func withMemory<T: BitwiseCopyable, R>(of type: T.Type, _ body: (UnsafeMutablePointer<T>) -> R) -> R {
  unsafe withUnsafeTemporaryAllocation(of: T.self, capacity: 1) { buffer in
    unsafe body(buffer.baseAddress.unsafelyUnwrapped)
  }
}
