//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// Injects a failure into one system call, chosen by its number in the sequence of a thread's calls.

#ifndef FAULTS_H
#define FAULTS_H

#include <stdint.h>
#include <sys/types.h>

enum {
  /// The maximum number of calls in a run.
  KF_MAX_CALLS = 8192,
  /// The number of calls counted in a series of reads of one file, or of steps through a list of the kernel.
  KF_MAX_STEPS = 3,
};

/// The failure to inject and its effect, in memory that a process shares with its children.
struct kf_fault {
  /// The number of the call to fail, from 1, or 0 for none.
  uint64_t number;
  /// The index of the error to use, among those that this call can have.
  uint32_t choice;
  /// Whether calls are counted. Changed only between calls.
  uint32_t is_armed;

  /// The number of calls counted.
  uint64_t count;
  /// The failed call: its system call number, and its first two arguments.
  int64_t call;
  uint64_t arguments[2];
  /// The errno that it failed with.
  int32_t error;

  /// The calls of a run without a failure, each with its first argument.
  struct kf_call {
    int64_t call;
    uint64_t argument;
  } calls[KF_MAX_CALLS];
  uint64_t call_count;

  /// The last call, and how often it was made in a row.
  struct kf_call last;
  uint64_t row;

  /// A message of the child for its parent.
  char text[4096];
};

/// Returns shared memory for a fault, or NULL.
struct kf_fault *kf_fault_create(void);

/// From now on counts the system calls of this thread that can fail, and fails the chosen one while the fault is armed.
/// Excludes anonymous memory mappings and writes to standard output.
///
/// Returns 0, or a negative errno.
int kf_fault_inject(struct kf_fault *fault);

/// Returns a call of the run without a failure, by its number from 1, or NULL if there was no such call.
const struct kf_call *kf_fault_call(const struct kf_fault *fault, uint64_t number);

/// Returns how many errors a call of the run without a failure can have, or 0 if there was no such call.
uint32_t kf_fault_choices(const struct kf_fault *fault, uint64_t number);

/// Returns the name of a system call, or NULL.
const char *kf_call_name(int64_t call);

/// Forks this process, as fork(2) does. The child ends with its parent. Only for processes with one thread.
pid_t kf_fork(void);

/// Moves this thread into a network namespace of its own, whose loopback interface is down.
///
/// Returns 0, or a negative errno.
int kf_unshare_network(void);

#endif
