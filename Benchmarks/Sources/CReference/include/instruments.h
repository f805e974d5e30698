//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// What measures: clock, CPU, allocations and system calls.

#ifndef INSTRUMENTS_H
#define INSTRUMENTS_H

#include <stdint.h>

/// Nanoseconds this thread has run, in user space and in the kernel. What else runs on the machine does not count.
uint64_t instrument_clock(void);

/// Keeps the thread on the last CPU it may run on. Returns its number, or -1.
int instrument_pin(void);

// MARK: - Allocations

/// Counts calls of malloc, calloc, realloc, posix_memalign, aligned_alloc and memalign from now on.
///
/// This file defines these functions, for the whole process, and passes them on to the C library's.
void instrument_count_allocations(void);

/// How many there were since; counts no longer.
uint64_t instrument_allocations(void);

/// Makes `count` allocations that no compiler leaves out, and frees them.
void instrument_allocate(int count);

// MARK: - References

/// Counts the calls of `swift_retain` from now on, in all threads.
void instrument_count_references(void);

/// Returns the number of calls since then, and stops counting.
uint64_t instrument_references(void);

/// Retains an object `count` times, and releases it as often.
void instrument_retain(void *object, int count);

// MARK: - Memory

/// Gives freed memory back to the kernel and has it forget the most that was resident so far. Returns how many
/// bytes are resident now, or -1.
int64_t instrument_forget_peak(void);

/// The most bytes that were resident since, or -1.
int64_t instrument_peak(void);

// MARK: - System calls

/// Starts the kernel's own count of this thread's system calls, the tracepoint raw_syscalls:sys_enter. Returns a
/// descriptor, or a negated errno.
///
/// While it is open, every system call of every process takes a slower way: nothing is to be timed.
int instrument_count_system_calls(void);

/// How many there were since, without those that stop counting. Closes the descriptor.
uint64_t instrument_system_calls(int counter);

/// Makes `count` system calls.
void instrument_call(int count);

#endif
