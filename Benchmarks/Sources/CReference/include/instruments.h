//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// Instruments: clock, CPU pinning, and counters for allocations, references, memory and system calls.

#ifndef INSTRUMENTS_H
#define INSTRUMENTS_H

#include <stdint.h>

/// Returns the nanoseconds this thread has run, in user space and in the kernel. Excludes other load on the machine.
uint64_t instrument_clock(void);

/// Pins the thread to the last CPU it may run on. Returns its number, or -1.
int instrument_pin(void);

// MARK: - Allocations

/// Starts counting calls of malloc, calloc, realloc, posix_memalign, aligned_alloc and memalign.
///
/// This file defines these functions for the whole process, and forwards to the C library's.
void instrument_count_allocations(void);

/// Returns the number of calls since then, and stops counting.
uint64_t instrument_allocations(void);

/// Makes `count` allocations that the compiler cannot optimize away, and frees them.
void instrument_allocate(int count);

// MARK: - References

/// Starts counting calls of `swift_retain` in all threads.
void instrument_count_references(void);

/// Returns the number of calls since then, and stops counting.
uint64_t instrument_references(void);

/// Retains an object `count` times, and releases it as often.
void instrument_retain(void *object, int count);

// MARK: - Memory

/// Returns freed memory to the kernel, and resets the peak of resident memory. Returns the number of bytes that are
/// resident now, or -1.
int64_t instrument_forget_peak(void);

/// Returns the peak of resident memory since then in bytes, or -1.
int64_t instrument_peak(void);

// MARK: - System calls

/// Starts the kernel's counter of this thread's system calls, the tracepoint raw_syscalls:sys_enter. Returns a
/// descriptor, or a negative errno.
///
/// While it is open, every system call of every process is slower, so do not measure time.
int instrument_count_system_calls(void);

/// Returns the number of system calls since then, without those that stop counting, and closes the descriptor.
uint64_t instrument_system_calls(int counter);

/// Makes `count` system calls.
void instrument_call(int count);

#endif
