//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

#define _GNU_SOURCE
#include "ring_buffers.h"

#include <dlfcn.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static void give_up(const char *what) {
  perror(what);
  exit(70);
}

// MARK: - The program

#define INSTRUCTION(c, d, s, o, i) ((struct bpf_insn){.code = c, .dst_reg = d, .src_reg = s, .off = o, .imm = i})
#define MOVE(to, value) INSTRUCTION(BPF_ALU64 | BPF_MOV | BPF_K, to, 0, 0, value)
#define COPY(to, from) INSTRUCTION(BPF_ALU64 | BPF_MOV | BPF_X, to, from, 0, 0)
#define CALL(helper) INSTRUCTION(BPF_JMP | BPF_CALL, 0, 0, 0, helper)
#define MAP(to, map) \
  INSTRUCTION(BPF_LD | BPF_DW | BPF_IMM, to, BPF_PSEUDO_MAP_FD, 0, map), INSTRUCTION(0, 0, 0, 0, 0)
#define MAP_VALUE(to, map) \
  INSTRUCTION(BPF_LD | BPF_DW | BPF_IMM, to, BPF_PSEUDO_MAP_VALUE, 0, map), INSTRUCTION(0, 0, 0, 0, 0)

int ring_program(int ring, int counter) {
  const struct bpf_insn instructions[] = {
      MAP(1, ring),
      MOVE(2, 64),
      MOVE(3, 0),
      CALL(BPF_FUNC_ringbuf_reserve),
      INSTRUCTION(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 9, 0),
      MAP_VALUE(1, counter),
      INSTRUCTION(BPF_LDX | BPF_DW | BPF_MEM, 2, 1, 0, 0),
      INSTRUCTION(BPF_STX | BPF_DW | BPF_MEM, 0, 2, 0, 0),
      INSTRUCTION(BPF_ALU64 | BPF_ADD | BPF_K, 2, 0, 0, 1),
      INSTRUCTION(BPF_STX | BPF_DW | BPF_MEM, 1, 2, 0, 0),
      COPY(1, 0),
      MOVE(2, BPF_RB_NO_WAKEUP),
      CALL(BPF_FUNC_ringbuf_submit),
      MOVE(0, 0),
      INSTRUCTION(BPF_JMP | BPF_EXIT, 0, 0, 0, 0),
  };
  static char log[4096];
  union bpf_attr attributes;
  memset(&attributes, 0, sizeof attributes);
  attributes.prog_type = BPF_PROG_TYPE_SOCKET_FILTER;
  attributes.insns = (uint64_t)(uintptr_t)instructions;
  attributes.insn_cnt = sizeof instructions / sizeof *instructions;
  attributes.license = (uint64_t)(uintptr_t)"GPL";
  attributes.log_buf = (uint64_t)(uintptr_t)log;
  attributes.log_size = sizeof log;
  attributes.log_level = 1;
  int program = (int)syscall(SYS_bpf, BPF_PROG_LOAD, &attributes, sizeof attributes);
  if (program < 0) {
    fputs(log, stderr);
    give_up("a program that fills a ring buffer");
  }
  return program;
}

void ring_fill(int program, uint32_t count) {
  static char packet[64];
  union bpf_attr attributes;
  memset(&attributes, 0, sizeof attributes);
  attributes.test.prog_fd = (uint32_t)program;
  attributes.test.data_in = (uint64_t)(uintptr_t)packet;
  attributes.test.data_size_in = sizeof packet;
  attributes.test.repeat = count;
  if (syscall(SYS_bpf, BPF_PROG_TEST_RUN, &attributes, sizeof attributes) != 0) give_up("filling a ring buffer");
}

// MARK: - libbpf

// The functions of libbpf 1.0 and later used here, as documented.
struct ring_buffer;
static struct ring_buffer *(*new_ring)(int, int (*)(void *, void *, size_t), void *, const void *);
static int (*consume)(struct ring_buffer *);

int libbpf_has_ring_buffers(void) {
  if (consume) return 1;
  void *library = dlopen("libbpf.so.1", RTLD_NOW | RTLD_LOCAL);
  if (!library) return 0;
  *(void **)&new_ring = dlsym(library, "ring_buffer__new");
  if (!new_ring) return 0;
  *(void **)&consume = dlsym(library, "ring_buffer__consume");
  return consume != NULL;
}

static uint64_t sum;

static int add(void *context, void *record, size_t size) {
  (void)context;
  if (size == 64) sum += *(const uint64_t *)record;
  return 0;
}

void *libbpf_ring(int ring) {
  struct ring_buffer *opened = new_ring(ring, add, NULL, NULL);
  if (!opened) give_up("libbpf");
  return opened;
}

uint64_t libbpf_consume(void *ring) {
  sum = 0;
  if (consume(ring) < 0) give_up("libbpf");
  return sum;
}
