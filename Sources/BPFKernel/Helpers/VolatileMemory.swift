//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import CBPFKernel

/// Returns the number at an address, of at most 128 bits, which the compiler then cannot assume to know.
@inline(__always)
@unsafe func readVolatile<Value: FixedWidthInteger>(_ address: UnsafeRawPointer) -> Value {
  switch Value.bitWidth {
  case 8: Value(truncatingIfNeeded: unsafe bpfkernel_volatile_u8(address.assumingMemoryBound(to: UInt8.self)))
  case 16:
    Value(truncatingIfNeeded: unsafe bpfkernel_volatile_u16(address.assumingMemoryBound(to: UInt16.self)))
  case 32:
    Value(truncatingIfNeeded: unsafe bpfkernel_volatile_u32(address.assumingMemoryBound(to: UInt32.self)))
  case 64: Value(truncatingIfNeeded: unsafe readVolatileWord(address))
  default:
    // The lower half comes first.
    Value(truncatingIfNeeded: unsafe readVolatileWord(address + 8)) << 64
      | Value(truncatingIfNeeded: unsafe readVolatileWord(address))
  }
}

@inline(__always)
@unsafe private func readVolatileWord(_ address: UnsafeRawPointer) -> UInt64 {
  unsafe bpfkernel_volatile_u64(address.assumingMemoryBound(to: UInt64.self))
}
