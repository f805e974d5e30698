//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

// bpf(2) itself, for the sources of this target only.

#ifndef KERNEL_FIXTURES_BPF_SYSCALL_H
#define KERNEL_FIXTURES_BPF_SYSCALL_H

#include <errno.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
  CMD_MAP_CREATE = 0,
  CMD_MAP_LOOKUP_ELEM = 1,
  CMD_MAP_UPDATE_ELEM = 2,
  CMD_MAP_DELETE_ELEM = 3,
  CMD_MAP_GET_NEXT_KEY = 4,
  CMD_PROG_LOAD = 5,
  CMD_OBJ_PIN = 6,
  CMD_OBJ_GET = 7,
  CMD_PROG_ATTACH = 8,
  CMD_PROG_DETACH = 9,
  CMD_PROG_TEST_RUN = 10,
  CMD_MAP_GET_NEXT_ID = 12,
  CMD_MAP_GET_FD_BY_ID = 14,
  CMD_OBJ_GET_INFO_BY_FD = 15,
  CMD_PROG_QUERY = 16,
  CMD_BTF_LOAD = 18,
  CMD_MAP_LOOKUP_AND_DELETE_ELEM = 21,
  CMD_MAP_FREEZE = 22,
  CMD_MAP_LOOKUP_BATCH = 24,
  CMD_LINK_CREATE = 28,
};

/// Calls bpf(2) with the argument `attributes`, which must be a zero-padded struct. Repeats the call after EINTR and
/// EAGAIN, so that fixtures fail only with the kernel's final error.
#define bpf_call(command, attributes) bpf_call_sized(command, &(attributes), sizeof(attributes))

static inline int bpf_call_sized(int command, void *attributes, uint32_t size) {
  long result;
  do {
    result = syscall(SYS_bpf, command, attributes, size);
  } while (result < 0 && (errno == EINTR || (errno == EAGAIN && command == CMD_PROG_LOAD)));
  return result < 0 ? -errno : (int)result;
}

static inline uint64_t address(const void *pointer) { return (uint64_t)(uintptr_t)pointer; }

#endif
