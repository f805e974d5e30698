//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// Lets another thread decide the results of a thread's bpf(2) calls.

#ifndef SUPERVISION_H
#define SUPERVISION_H

#include <linux/seccomp.h>

/// Decides about a call: returns 0 to let the kernel handle it, or an errno.
///
/// Runs on the supervisor thread while the caller waits, so it may read the call's addresses. It owns `state`.
typedef int (*kf_judge)(long *state, const struct seccomp_data *call);

/// Asks a judge about each further bpf(2) call of this thread and of threads that it creates. A seccomp filter passes
/// the calls to a supervisor thread. This cannot be undone: call it on a thread that ends afterwards.
///
/// Returns 0, or a negative errno.
int kf_supervise_bpf_calls(kf_judge judge, long state);

/// Does the same for another system call, by its number.
int kf_supervise_calls(long number, kf_judge judge, long state);

/// Does the same for several system calls, at most 64.
int kf_supervise_any_calls(const long *numbers, int count, kf_judge judge, long state);

#endif
