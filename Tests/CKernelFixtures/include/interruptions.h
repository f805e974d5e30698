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

#endif
