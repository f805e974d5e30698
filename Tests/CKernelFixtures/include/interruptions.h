//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// Makes bpf(2) fail as if a signal had come, without waiting for luck.

#ifndef INTERRUPTIONS_H
#define INTERRUPTIONS_H

/// From now on, and until this thread ends, the next `count` bpf(2) calls of this thread fail with `error`
/// before the kernel does anything; later ones go through. Cannot be undone: call it on a thread of its own.
///
/// A seccomp filter hands the thread's bpf(2) calls to a supervisor thread, which answers them.
///
/// Returns 0, or an errno negated.
int kf_interrupt_bpf_calls(int count, int error);

/// Other system calls that can be made to fail.
enum kf_interruptible {
  KF_CALL_MMAP,  ///< of a descriptor; other memory is left alone
  KF_CALL_PERF_EVENT_OPEN,
  KF_CALL_IOCTL,
  KF_CALL_READ,
  KF_CALL_RECVFROM,
};

/// The same for one of these. A thread can be interrupted in one way only.
int kf_interrupt_calls(enum kf_interruptible call, int count, int error);

#endif
