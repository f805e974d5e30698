//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// One system call that fails, chosen by its number in the sequence of a thread's calls.

#ifndef FAULTS_H
#define FAULTS_H

#include <stdint.h>
#include <sys/types.h>

enum {
  /// How many calls a run may have.
  KF_MAX_CALLS = 8192,
  /// How many of many reads of a file, or of many steps through a list, are counted.
  KF_MAX_STEPS = 3,
};

/// What is to fail, and what did; in memory that a process shares with its children.
struct kf_fault {
  /// Which call fails, from 1; 0 if none.
  uint64_t number;
  /// Which of the errors that this call can have, from 0.
  uint32_t choice;
  /// Whether calls are counted: changed between calls alone.
  uint32_t is_armed;

  /// How many calls were counted.
  uint64_t count;
  /// The call that was chosen: its number in the kernel's table, and its first two arguments.
  int64_t call;
  uint64_t arguments[2];
  /// The errno it was given.
  int32_t error;

  /// The calls of a run without a failure, each with its first argument.
  struct kf_call {
    int64_t call;
    uint64_t argument;
  } calls[KF_MAX_CALLS];
  uint64_t call_count;

  /// The last call, and how many there were of it in a row.
  struct kf_call last;
  uint64_t row;

  /// Text that a child leaves for its parent.
  char text[4096];
};

/// Returns memory for a fault, or NULL.
struct kf_fault *kf_fault_create(void);

/// From now on, and until this thread ends, counts the system calls of this thread that can fail, and fails the chosen
/// one while the fault is armed. Memory that maps no file, and standard output, are left alone.
///
/// Returns 0, or an errno negated.
int kf_fault_inject(struct kf_fault *fault);

/// Returns a call of the run without a failure, by its number from 1; NULL if there was no such call.
const struct kf_call *kf_fault_call(const struct kf_fault *fault, uint64_t number);

/// Returns how many errors a call of the run without a failure can have; 0 if there was no such call.
uint32_t kf_fault_choices(const struct kf_fault *fault, uint64_t number);

/// Returns the name of a system call, or NULL.
const char *kf_call_name(int64_t call);

/// Starts a copy of this process, as fork(2) does, which ends with its parent. Only for processes with one thread.
pid_t kf_fork(void);

/// Moves this thread into a network namespace of its own, with a loopback that is down.
///
/// Returns 0, or an errno negated.
int kf_unshare_network(void);

#endif
