//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import CBPFKernel

/// The kernel's clocks, in nanoseconds.
public enum Clock {
  /// The time since boot without the time spent suspended, `CLOCK_MONOTONIC` (`bpf_ktime_get_ns`, Linux 4.1).
  @inline(__always)
  public static var monotonic: UInt64 {
    requireKernel()
    return bpf_ktime_get_ns()
  }

  /// The time since boot, `CLOCK_BOOTTIME` (`bpf_ktime_get_boot_ns`, Linux 5.8).
  @inline(__always)
  public static var boot: UInt64 {
    requireKernel()
    return bpf_ktime_get_boot_ns()
  }

  /// The monotonic time at the last tick, which is fast to read: not for tracing programs (`bpf_ktime_get_coarse_ns`,
  /// Linux 5.11).
  @inline(__always)
  public static var coarse: UInt64 {
    requireKernel()
    return bpf_ktime_get_coarse_ns()
  }

  /// International atomic time, `CLOCK_TAI` (`bpf_ktime_get_tai_ns`, Linux 6.1).
  @inline(__always)
  public static var tai: UInt64 {
    requireKernel()
    return bpf_ktime_get_tai_ns()
  }

  /// The number of ticks since boot (`bpf_jiffies64`, Linux 5.6).
  @inline(__always)
  public static var jiffies: UInt64 {
    requireKernel()
    return bpf_jiffies64()
  }
}

/// Returns a pseudo-random number that is not fit for cryptography (`bpf_get_prandom_u32`, Linux 4.1).
@inline(__always)
public func randomNumber() -> UInt32 {
  requireKernel()
  return bpf_get_prandom_u32()
}
