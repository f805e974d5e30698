//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import CBPFKernel

/// Writes a line with up to three numbers to `/sys/kernel/tracing/trace_pipe`, for debugging (`bpf_trace_printk`,
/// Linux 4.1; a format in global data takes Linux 5.2).
///
/// The format is the kernel's: `%d`, `%u`, `%x` for 32 bits, with `ll` for 64.
@inline(__always)
public func printk(_ format: StaticString, _ a: UInt64 = 0, _ b: UInt64 = 0, _ c: UInt64 = 0) {
  requireKernel()
  format.withUTF8Buffer { text in
    _ = unsafe bpfkernel_trace_printk(
      text.baseAddress, UInt32(truncatingIfNeeded: text.count &+ 1), a, b, c)
  }
}
