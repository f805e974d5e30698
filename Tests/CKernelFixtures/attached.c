//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

#include "bpf_syscall.h"
#include "kernel_fixtures.h"

// The argument of BPF_PROG_QUERY.
struct query_attributes {
  uint32_t target, attach_type, query_flags, attach_flags;
  uint64_t program_ids;
  uint32_t count, : 32;
  uint64_t program_flags, link_ids, link_flags, revision;
};

int kf_query(int target, uint32_t attach_type, int links, struct kf_attached *attached) {
  struct query_attributes attributes = {
      .target = (uint32_t)target,
      .attach_type = attach_type,
      .program_ids = address(attached->programs),
      .count = 64,
      .link_ids = links ? address(attached->links) : 0,
  };
  int result = bpf_call(CMD_PROG_QUERY, attributes);
  attached->count = attributes.count;
  attached->flags = attributes.attach_flags;
  attached->revision = attributes.revision;
  return result;
}

int kf_program_attach_first(int program, int interface, uint32_t attach_type) {
  struct {
    uint32_t target, program, attach_type, flags, replaced, relative;
    uint64_t expected_revision;
  } attributes = {
      .target = (uint32_t)interface, .program = (uint32_t)program, .attach_type = attach_type, .flags = 8};
  return bpf_call(CMD_PROG_ATTACH, attributes);
}
