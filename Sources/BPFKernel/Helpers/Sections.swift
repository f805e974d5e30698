//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import CBPFKernel

/// Calls a closure in an RCU read section: pointers that the closure reads stay valid until it ends
/// (`bpf_rcu_read_lock`, Linux 6.2). Programs that cannot sleep run in one anyway.
@inline(__always)
public func withRCUReadLock<R>(_ body: () -> R) -> R {
  requireKernel()
  bpfkernel_rcu_lock()
  let result = body()
  bpfkernel_rcu_unlock()
  return result
}

/// Calls a closure that stays on its CPU (`bpf_preempt_disable`, Linux 6.10).
@inline(__always)
public func withoutPreemption<R>(_ body: () -> R) -> R {
  requireKernel()
  bpfkernel_preempt_disable()
  let result = body()
  bpfkernel_preempt_enable()
  return result
}
