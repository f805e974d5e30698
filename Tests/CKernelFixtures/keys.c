//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

#define _GNU_SOURCE
#include "kernel_fixtures.h"

#include <errno.h>
#include <linux/keyctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static long answer(long result) { return result < 0 ? -errno : result; }

long kf_enter_session_keyring(void) { return answer(syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL)); }

long kf_add_certificate(const void *bytes, unsigned long size) {
  return answer(syscall(SYS_add_key, "asymmetric", "swift-bpf", bytes, size, KEY_SPEC_SESSION_KEYRING));
}
