//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// Counts the system calls of a program, and interferes with one of them.

#ifndef TRACING_H
#define TRACING_H

/// The interference with one system call of a traced program.
struct kf_interference {
  int command;  ///< Counting begins at the first bpf(2) call with this command, or with any if negative.
  int nth;      ///< The number of the call, from 1, or 0 for none.
  int signal;   ///< A signal to send right before the call, or 0 for none.
  int error;    ///< An errno for the call to fail with, or 0 to make it. Calls that manage memory or end
                ///< the program are made in any case.
};

/// Runs a program with its output discarded, and counts the system calls of its first thread, beginning with a bpf(2)
/// call and including it.
///
/// Sets `count` to the number of calls. Returns the program's wait(2) status, or a negative errno.
int kf_run_traced(char *const arguments[], struct kf_interference interference, int *count);

#endif
