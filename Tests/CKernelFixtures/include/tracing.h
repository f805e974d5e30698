//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// Programs whose system calls are counted, and one of them interfered with.

#ifndef TRACING_H
#define TRACING_H

/// What is done at one system call of a traced program.
struct kf_interference {
  int command;  ///< The command of bpf(2) whose first call is the first that counts; below 0 any command.
  int nth;      ///< Which call, from 1; 0 for none.
  int signal;   ///< A signal that the program is sent right before the call; 0 for none.
  int error;    ///< An errno that the call fails with, without being made; 0 to make it. Calls that manage memory or end
                ///< the program are made all the same.
};

/// Runs a program with its output discarded, and counts the system calls of its first thread from a call of bpf(2) on,
/// that call included.
///
/// `count` is set to the number of calls. Returns the program's status as wait(2) has it, or an errno negated.
int kf_run_traced(char *const arguments[], struct kf_interference interference, int *count);

#endif
