//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import CBPFKernel

extension UInt64 {
  /// Adds a number, wrapping around on overflow: no addition of another CPU is lost. Does not order other accesses.
  @inline(__always)
  public mutating func atomicAdd(_ amount: UInt64) { unsafe bpfkernel_add_u64(&self, amount) }

  /// Adds a number atomically, wrapping around, and returns the number before it (Linux 5.12).
  @inline(__always)
  public mutating func atomicFetchAdd(_ amount: UInt64) -> UInt64 {
    unsafe bpfkernel_fetch_add_u64(&self, amount)
  }

  /// Sets bits atomically and returns the number before it (Linux 5.12).
  @inline(__always) @discardableResult
  public mutating func atomicFetchOr(_ bits: UInt64) -> UInt64 { unsafe bpfkernel_fetch_or_u64(&self, bits) }

  /// Clears the bits that an operand lacks, atomically, and returns the number before it (Linux 5.12).
  @inline(__always) @discardableResult
  public mutating func atomicFetchAnd(_ bits: UInt64) -> UInt64 {
    unsafe bpfkernel_fetch_and_u64(&self, bits)
  }

  /// Replaces the number atomically and returns the one before it (Linux 5.12).
  @inline(__always)
  public mutating func atomicExchange(_ value: UInt64) -> UInt64 {
    unsafe bpfkernel_exchange_u64(&self, value)
  }

  /// Replaces the number atomically if it is the expected one (Linux 5.12). Returns the number before it.
  @inline(__always)
  public mutating func atomicCompareExchange(expected: UInt64, desired: UInt64) -> UInt64 {
    unsafe bpfkernel_compare_exchange_u64(&self, expected, desired)
  }
}

extension UInt32 {
  /// Adds a number, wrapping around on overflow: no addition of another CPU is lost. Does not order other accesses.
  @inline(__always)
  public mutating func atomicAdd(_ amount: UInt32) { unsafe bpfkernel_add_u32(&self, amount) }

  /// Adds a number atomically, wrapping around, and returns the number before it (Linux 5.12).
  @inline(__always)
  public mutating func atomicFetchAdd(_ amount: UInt32) -> UInt32 {
    unsafe bpfkernel_fetch_add_u32(&self, amount)
  }

  /// Sets bits atomically and returns the number before it (Linux 5.12).
  @inline(__always) @discardableResult
  public mutating func atomicFetchOr(_ bits: UInt32) -> UInt32 { unsafe bpfkernel_fetch_or_u32(&self, bits) }

  /// Clears the bits that an operand lacks, atomically, and returns the number before it (Linux 5.12).
  @inline(__always) @discardableResult
  public mutating func atomicFetchAnd(_ bits: UInt32) -> UInt32 {
    unsafe bpfkernel_fetch_and_u32(&self, bits)
  }

  /// Replaces the number atomically and returns the one before it (Linux 5.12).
  @inline(__always)
  public mutating func atomicExchange(_ value: UInt32) -> UInt32 {
    unsafe bpfkernel_exchange_u32(&self, value)
  }

  /// Replaces the number atomically if it is the expected one (Linux 5.12). Returns the number before it.
  @inline(__always)
  public mutating func atomicCompareExchange(expected: UInt32, desired: UInt32) -> UInt32 {
    unsafe bpfkernel_compare_exchange_u32(&self, expected, desired)
  }
}
