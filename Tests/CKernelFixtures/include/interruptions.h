//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// Makes bpf(2) fail as if interrupted by a signal.

#ifndef INTERRUPTIONS_H
#define INTERRUPTIONS_H

/// Makes the next `count` bpf(2) calls of this thread fail with `error` before the kernel does anything. Later calls
/// go through. This cannot be undone: call it on a thread that ends afterwards.
///
/// A seccomp filter passes the thread's bpf(2) calls to a supervisor thread, which answers them.
///
/// Returns 0, or a negative errno.
int kf_interrupt_bpf_calls(int count, int error);

/// Other system calls that can be made to fail.
enum kf_interruptible {
  KF_CALL_MMAP,  ///< mmap(2) of a descriptor; anonymous mappings do not fail
  KF_CALL_PERF_EVENT_OPEN,
  KF_CALL_IOCTL,
  KF_CALL_READ,
  KF_CALL_RECVFROM,
};

/// Does the same for another system call. A thread can be interrupted in one way only.
int kf_interrupt_calls(enum kf_interruptible call, int count, int error);

#endif
