//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// bpf(2) calls of a thread that somebody else answers.

#ifndef SUPERVISION_H
#define SUPERVISION_H

#include <linux/seccomp.h>

/// Says what becomes of a call: 0 to let it through to the kernel, or an errno.
///
/// It runs on a thread beside the caller's, which waits meanwhile: the call's addresses can be read. `state` is its own.
typedef int (*kf_judge)(long *state, const struct seccomp_data *call);

/// From now on, and until this thread ends, asks a judge about each bpf(2) call of this thread and of those that it
/// makes. A seccomp filter hands the calls to a thread of their own. Cannot be undone: call it on a thread of one's own.
///
/// Returns 0, or an errno negated.
int kf_supervise_bpf_calls(kf_judge judge, long state);

/// The same for another system call, by its number.
int kf_supervise_calls(long number, kf_judge judge, long state);

/// The same for several system calls, at most 64.
int kf_supervise_any_calls(const long *numbers, int count, kf_judge judge, long state);

#endif
