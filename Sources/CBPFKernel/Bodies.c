//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

// The functions that Swift declares but cannot compile: see BPFKERNEL_BODY in CBPFKernel.h. The build compiles this file for
// BPF, and links and inlines the functions that a program uses. For the host it is empty.

#if defined(__bpf__)

#include "include/CBPFKernel.h"

#include "../../Headers/bpf/bpf_core_read.h"
#include "../../Headers/bpf/bpf_histogram.h"
#include "../../Headers/bpf/bpf_tracing.h"

#define BODY __attribute__((always_inline))

// MARK: - Registers, and words of contexts

#if defined(__TARGET_ARCH_x86)
#define REGISTERS struct pt_regs
#elif defined(__TARGET_ARCH_arm64)
#define REGISTERS struct user_pt_regs
#endif

// For other architectures, a program that reads registers has undefined symbols.
#if defined(REGISTERS)
BODY __u64 bpfkernel_argument0(const void *registers) { return PT_REGS_PARM1((REGISTERS *)registers); }
BODY __u64 bpfkernel_argument1(const void *registers) { return PT_REGS_PARM2((REGISTERS *)registers); }
BODY __u64 bpfkernel_argument2(const void *registers) { return PT_REGS_PARM3((REGISTERS *)registers); }
BODY __u64 bpfkernel_argument3(const void *registers) { return PT_REGS_PARM4((REGISTERS *)registers); }
BODY __u64 bpfkernel_argument4(const void *registers) { return PT_REGS_PARM5((REGISTERS *)registers); }
BODY __u64 bpfkernel_argument5(const void *registers) { return PT_REGS_PARM6((REGISTERS *)registers); }
BODY __u64 bpfkernel_result(const void *registers) { return PT_REGS_RC((REGISTERS *)registers); }
BODY __u64 bpfkernel_instruction_pointer(const void *registers) { return PT_REGS_IP((REGISTERS *)registers); }

// The registers come first, and their number depends on the machine.
struct bpfkernel_perf_event_data {
  REGISTERS regs;
  __u64 sample_period;
};
BODY __u64 bpfkernel_sample_period(const void *context) {
  return ((const struct bpfkernel_perf_event_data *)context)->sample_period;
}
#endif

struct bpfkernel_iterator_meta {
  struct seq_file *seq;
};
struct bpfkernel_iterator_context {
  const struct bpfkernel_iterator_meta *meta;
};
BODY long bpfkernel_seq_write(const void *context, const void *data, __u32 size) {
  return bpf_seq_write(((const struct bpfkernel_iterator_context *)context)->meta->seq, data, size);
}

// MARK: - Numbers whose bounds the verifier must know

BODY __u32 bpfkernel_log2(__u64 value) { return bpf_log2(value); }

// MARK: - Arenas, whose pointers are of another address space

#define ARENA __attribute__((address_space(1)))

extern void ARENA *bpf_arena_alloc_pages(void *map, void ARENA *address, __u32 pages, int node, __u64 flags) __weak __ksym;
extern void bpf_arena_free_pages(void *map, void ARENA *address, __u32 pages) __weak __ksym;

BODY __u64 bpfkernel_arena_allocate(void *map, __u32 pages) {
  return (__u64)bpf_arena_alloc_pages(map, 0, pages, -1, 0);
}
BODY void bpfkernel_arena_free(void *map, __u64 address, __u32 pages) {
  bpf_arena_free_pages(map, (void ARENA *)address, pages);
}

// The verifier requires that a program with such an access uses the arena.
#define USE(map) __asm__ volatile("" : : "r"(map))

#define ARENA_ACCESS(type, suffix) \
  BODY type bpfkernel_arena_load_##suffix(const void *map, __u64 address) { \
    USE(map); \
    return *(volatile type ARENA *)address; \
  } \
  BODY void bpfkernel_arena_store_##suffix(const void *map, __u64 address, type value) { \
    USE(map); \
    *(volatile type ARENA *)address = value; \
  }
ARENA_ACCESS(__u64, u64)
ARENA_ACCESS(__u32, u32)
ARENA_ACCESS(__u16, u16)
ARENA_ACCESS(__u8, u8)

BODY void bpfkernel_arena_add(const void *map, __u64 address, __u64 amount) {
  USE(map);
  __atomic_fetch_add((__u64 ARENA *)address, amount, __ATOMIC_RELAXED);
}

// MARK: - Kernel functions

extern void bpf_rcu_read_lock(void) __weak __ksym;
extern void bpf_rcu_read_unlock(void) __weak __ksym;
extern void bpf_preempt_disable(void) __weak __ksym;
extern void bpf_preempt_enable(void) __weak __ksym;

BODY void bpfkernel_iterator_start(__u64 *iterator, int start, int end) {
  bpf_iter_num_new((struct bpf_iter_num *)iterator, start, end);
}
BODY const int *bpfkernel_iterator_next(__u64 *iterator) {
  return bpf_iter_num_next((struct bpf_iter_num *)iterator);
}
BODY void bpfkernel_iterator_end(__u64 *iterator) { bpf_iter_num_destroy((struct bpf_iter_num *)iterator); }
BODY void bpfkernel_rcu_lock(void) { bpf_rcu_read_lock(); }
BODY void bpfkernel_rcu_unlock(void) { bpf_rcu_read_unlock(); }
BODY void bpfkernel_preempt_disable(void) { bpf_preempt_disable(); }
BODY void bpfkernel_preempt_enable(void) { bpf_preempt_enable(); }

#endif
