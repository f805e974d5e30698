//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import CBPFKernel

/// Returns the slot of a value in a power-of-two histogram, 0 to 63: the index of its highest bit, 0 for the value 0.
///
/// ```swift
/// nonisolated(unsafe) public var latencies = InlineArray<64, UInt64>(repeating: 0)
///
/// func count(_ nanoseconds: UInt64) { latencies[log2Slot(nanoseconds / 1000)].atomicAdd(1) }
/// ```
///
/// Slot i counts the values from 2^i to 2^(i+1) - 1, and slot 0 the values 0 and 1. The verifier knows that the result is
/// below 64. In user space, `Log2Histogram` holds the counts.
@inline(__always)
public func log2Slot(_ value: UInt64) -> Int {
  #if hasFeature(Embedded)
  Int(bpfkernel_log2(value))
  #else
  63 - (value | 1).leadingZeroBitCount
  #endif
}
