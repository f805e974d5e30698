//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

#include "include/interruptions.h"

#include "supervision.h"

#include <sys/syscall.h>

// The number of calls still to fail, and their errno.
enum { ERROR_BITS = 16 };

static int interrupt(long *state, const struct seccomp_data *call) {
  (void)call;
  if (*state >> ERROR_BITS == 0) return 0;
  *state -= 1L << ERROR_BITS;
  return (int)(*state & ((1 << ERROR_BITS) - 1));
}

int kf_interrupt_bpf_calls(int count, int error) {
  return kf_supervise_bpf_calls(interrupt, (long)count << ERROR_BITS | error);
}

static int interrupt_mapping(long *state, const struct seccomp_data *call) {
  // Do not fail anonymous mappings, since the C library does not repeat those.
  return call->nr == SYS_mmap && (int)call->args[4] < 0 ? 0 : interrupt(state, call);
}

int kf_interrupt_calls(enum kf_interruptible call, int count, int error) {
  static const long numbers[] = {
      [KF_CALL_MMAP] = SYS_mmap,
      [KF_CALL_PERF_EVENT_OPEN] = SYS_perf_event_open,
      [KF_CALL_IOCTL] = SYS_ioctl,
      [KF_CALL_READ] = SYS_read,
      [KF_CALL_RECVFROM] = SYS_recvfrom,
  };
  return kf_supervise_calls(numbers[call], interrupt_mapping, (long)count << ERROR_BITS | error);
}
