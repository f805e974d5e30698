//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// System calls that are answered without the kernel, so that the time in user space alone can be measured.

#ifndef ANSWERED_CALLS_H
#define ANSWERED_CALLS_H

/// Has each bpf(2) call in this program, and each call by libc's `syscall`, succeed at once.
///
/// Overwrites the `syscall` instructions in the program's code by ones that set the result to 0, for all threads. Returns
/// the number of instructions; 0 on other architectures than x86-64, or a negated errno. Nothing else is overwritten.
int answer_calls(void);

/// Puts the instructions back.
void ask_kernel(void);

#endif
