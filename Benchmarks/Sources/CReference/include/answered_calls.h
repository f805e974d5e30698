//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// Answers system calls without the kernel, to measure the time in user space alone.

#ifndef ANSWERED_CALLS_H
#define ANSWERED_CALLS_H

/// Makes each bpf(2) call in this program, and each call through libc's `syscall`, succeed at once.
///
/// Overwrites the `syscall` instructions in the program's code with ones that set the result to 0, for all threads, and
/// nothing else. Returns the number of instructions, 0 on architectures other than x86-64, or a negative errno.
int answer_calls(void);

/// Restores the instructions.
void ask_kernel(void);

#endif
