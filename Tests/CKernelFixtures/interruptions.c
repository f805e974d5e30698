//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

#include "include/interruptions.h"

#include "supervision.h"

// How many calls are still to fail, and with what.
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
