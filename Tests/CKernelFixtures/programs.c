//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

#include "kernel_fixtures.h"

#include <string.h>

#include "bpf_syscall.h"

struct load_attributes {
  uint32_t prog_type, insn_cnt;
  uint64_t insns, license;
  uint32_t log_level, log_size;
  uint64_t log_buf;
  uint32_t kern_version, prog_flags;
  char prog_name[16];
  uint32_t prog_ifindex, expected_attach_type;
};

struct run_attributes {
  uint32_t prog_fd, retval, data_size_in, data_size_out;
  uint64_t data_in, data_out;
  uint32_t repeat, duration;
};

struct attach_attributes {
  uint32_t target_fd, attach_bpf_fd, attach_type, attach_flags;
};

struct link_attributes {
  uint32_t prog_fd, target_fd, attach_type, flags;
};

enum { ATTACH_CGROUP_INET_EGRESS = 1 };
enum { FLAG_USER_STACK = 256 };
enum { HELPER_MAP_LOOKUP = 1, HELPER_TAIL_CALL = 12, HELPER_GET_STACKID = 27, HELPER_GET_LOCAL_STORAGE = 81 };

#define REGISTERS(destination, source) (((source) << 4) | (destination))
#define MOVE_IMMEDIATE(destination, value) {0xb7, REGISTERS(destination, 0), 0, value}
#define MOVE(destination, source) {0xbf, REGISTERS(destination, source), 0, 0}
#define ADD_IMMEDIATE(destination, value) {0x07, REGISTERS(destination, 0), 0, value}
#define STORE_WORD(base, offset, value) {0x62, REGISTERS(base, 0), offset, value}
#define LOAD_MAP(destination, map) {0x18, REGISTERS(destination, 1), 0, map}, {0, 0, 0, 0}
#define CALL(helper) {0x85, 0, 0, helper}
#define SKIP_IF_ZERO(destination, count) {0x15, REGISTERS(destination, 0), count, 0}
#define ATOMIC_ADD(base, source) {0xdb, REGISTERS(base, source), 0, 0}
#define EXIT {0x95, 0, 0, 0}
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static int load(uint32_t type, uint32_t attach_type, const struct kf_instruction *instructions, uint32_t count,
                const char *name) {
  struct load_attributes attributes = {
      .prog_type = type,
      .insn_cnt = count,
      .insns = address(instructions),
      .license = address("GPL"),
      .expected_attach_type = attach_type,
  };
  strncpy(attributes.prog_name, name, sizeof(attributes.prog_name) - 1);
  return bpf_call(CMD_PROG_LOAD, attributes);
}

int kf_program_load(uint32_t type, const struct kf_instruction *instructions, uint32_t count, const char *name) {
  return load(type, type == KF_PROGRAM_CGROUP_SKB ? ATTACH_CGROUP_INET_EGRESS : 0, instructions, count, name);
}

int kf_program_in_map(uint32_t attach_type) {
  const struct kf_instruction instructions[] = {MOVE_IMMEDIATE(0, 2), EXIT};  // XDP_PASS
  return load(KF_PROGRAM_XDP, attach_type, instructions, COUNT(instructions), "kf_in_map");
}

int kf_program_returning(uint32_t type, int32_t value, const char *name) {
  const struct kf_instruction instructions[] = {MOVE_IMMEDIATE(0, value), EXIT};
  return kf_program_load(type, instructions, COUNT(instructions), name);
}

int kf_program_counting(int map) {
  const struct kf_instruction instructions[] = {
      STORE_WORD(10, -4, 0), MOVE(2, 10), ADD_IMMEDIATE(2, -4), LOAD_MAP(1, map), CALL(HELPER_MAP_LOOKUP),
      SKIP_IF_ZERO(0, 2), MOVE_IMMEDIATE(1, 1), ATOMIC_ADD(0, 1), MOVE_IMMEDIATE(0, 0), EXIT,
  };
  return kf_program_load(KF_PROGRAM_SOCKET_FILTER, instructions, COUNT(instructions), "kf_counting");
}

static int recording_stack(int map, int32_t flags) {
  const struct kf_instruction instructions[] = {
      LOAD_MAP(2, map), MOVE_IMMEDIATE(3, flags), CALL(HELPER_GET_STACKID), EXIT};
  return kf_program_load(KF_PROGRAM_RAW_TRACEPOINT, instructions, COUNT(instructions), "kf_stack");
}

int kf_program_recording_stack(int map) { return recording_stack(map, 0); }

int kf_program_recording_user_stack(int map) { return recording_stack(map, FLAG_USER_STACK); }

int kf_program_tail_calling(int map, int32_t index, int32_t otherwise) {
  const struct kf_instruction instructions[] = {
      LOAD_MAP(2, map), MOVE_IMMEDIATE(3, index), CALL(HELPER_TAIL_CALL), MOVE_IMMEDIATE(0, otherwise), EXIT};
  return kf_program_load(KF_PROGRAM_SOCKET_FILTER, instructions, COUNT(instructions), "kf_tail_call");
}

int kf_program_using_cgroup_storage(int map) {
  const struct kf_instruction instructions[] = {
      LOAD_MAP(1, map), MOVE_IMMEDIATE(2, 0), CALL(HELPER_GET_LOCAL_STORAGE), MOVE_IMMEDIATE(0, 1), EXIT};
  return kf_program_load(KF_PROGRAM_CGROUP_SKB, instructions, COUNT(instructions), "kf_storage");
}

int kf_program_id(int program) {
  struct {
    uint32_t type, id;
  } info = {0};
  struct {
    uint32_t bpf_fd, info_len;
    uint64_t info;
  } attributes = {.bpf_fd = (uint32_t)program, .info_len = sizeof(info), .info = address(&info)};
  int status = bpf_call(CMD_OBJ_GET_INFO_BY_FD, attributes);
  return status < 0 ? status : (int)info.id;
}

/// Runs first without input data, as raw tracepoint programs require, then with a small packet.
int kf_program_run(int program, uint32_t *result) {
  uint8_t packet[64] = {0};
  struct run_attributes attributes = {.prog_fd = (uint32_t)program};
  int status = bpf_call(CMD_PROG_TEST_RUN, attributes);
  if (status == -EINVAL) {
    attributes = (struct run_attributes){
        .prog_fd = (uint32_t)program, .data_size_in = sizeof(packet), .data_in = address(packet), .repeat = 1};
    status = bpf_call(CMD_PROG_TEST_RUN, attributes);
  }
  *result = attributes.retval;
  return status;
}

int kf_program_attach_cgroup_egress(int program, int cgroup) {
  struct attach_attributes attributes = {
      .target_fd = (uint32_t)cgroup, .attach_bpf_fd = (uint32_t)program, .attach_type = ATTACH_CGROUP_INET_EGRESS};
  return bpf_call(CMD_PROG_ATTACH, attributes);
}

int kf_program_detach_cgroup_egress(int program, int cgroup) {
  struct attach_attributes attributes = {
      .target_fd = (uint32_t)cgroup, .attach_bpf_fd = (uint32_t)program, .attach_type = ATTACH_CGROUP_INET_EGRESS};
  return bpf_call(CMD_PROG_DETACH, attributes);
}

int kf_link_cgroup_egress(int program, int cgroup) {
  struct link_attributes attributes = {
      .prog_fd = (uint32_t)program, .target_fd = (uint32_t)cgroup, .attach_type = ATTACH_CGROUP_INET_EGRESS};
  return bpf_call(CMD_LINK_CREATE, attributes);
}
