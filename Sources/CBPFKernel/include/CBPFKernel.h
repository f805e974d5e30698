//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

// Helpers and accesses that Swift cannot express. BPFKernel imports them; programs see only Swift names.
//
// Swift compiles these functions for a machine that is not BPF: they take and return only numbers and pointers.

#ifndef __CBPFKERNEL_H__
#define __CBPFKERNEL_H__

#include "../../../Headers/bpf/bpf_types.h"
#include "../../../Headers/bpf/bpf_helpers.h"

#define BPFKERNEL_INLINE static inline __attribute__((always_inline))

// A function whose body is in Bodies.c, because only clang for BPF can compile it: calls of kernel functions and
// accesses that depend on the machine or are relocated. The host has only a body that traps.
#if defined(__linux__) || defined(__APPLE__)
#define BPFKERNEL_BODY(result, name, parameters) \
  BPFKERNEL_INLINE result name parameters { __builtin_trap(); }
#else
#define BPFKERNEL_BODY(result, name, parameters) extern result name parameters;
#endif

// MARK: - Packets

// A packet's addresses are 32 bits in the context, which the kernel replaces with loads of pointers.
BPFKERNEL_INLINE const void *bpfkernel_xdp_start(const struct xdp_md *context) {
  return (const void *)(unsigned long)context->data;
}
BPFKERNEL_INLINE const void *bpfkernel_xdp_end(const struct xdp_md *context) {
  return (const void *)(unsigned long)context->data_end;
}
BPFKERNEL_INLINE const void *bpfkernel_skb_start(const struct __sk_buff *context) {
  return (const void *)(unsigned long)context->data;
}
BPFKERNEL_INLINE const void *bpfkernel_skb_end(const struct __sk_buff *context) {
  return (const void *)(unsigned long)context->data_end;
}

// MARK: - Atomic operations

#define BPFKERNEL_ATOMICS(type, suffix) \
  BPFKERNEL_INLINE void bpfkernel_add_##suffix(type *number, type operand) { \
    __atomic_fetch_add(number, operand, __ATOMIC_RELAXED); \
  } \
  BPFKERNEL_INLINE type bpfkernel_fetch_add_##suffix(type *number, type operand) { \
    return __atomic_fetch_add(number, operand, __ATOMIC_SEQ_CST); \
  } \
  BPFKERNEL_INLINE type bpfkernel_fetch_or_##suffix(type *number, type operand) { \
    return __atomic_fetch_or(number, operand, __ATOMIC_SEQ_CST); \
  } \
  BPFKERNEL_INLINE type bpfkernel_fetch_and_##suffix(type *number, type operand) { \
    return __atomic_fetch_and(number, operand, __ATOMIC_SEQ_CST); \
  } \
  BPFKERNEL_INLINE type bpfkernel_exchange_##suffix(type *number, type value) { \
    return __atomic_exchange_n(number, value, __ATOMIC_SEQ_CST); \
  } \
  BPFKERNEL_INLINE type bpfkernel_compare_exchange_##suffix(type *number, type expected, type value) { \
    return __sync_val_compare_and_swap(number, expected, value); \
  }
BPFKERNEL_ATOMICS(__u64, u64)
BPFKERNEL_ATOMICS(__u32, u32)

// MARK: - Variables that the loader sets

BPFKERNEL_INLINE __u64 bpfkernel_volatile_u64(const __u64 *number) { return *(const volatile __u64 *)number; }
BPFKERNEL_INLINE __u32 bpfkernel_volatile_u32(const __u32 *number) { return *(const volatile __u32 *)number; }
BPFKERNEL_INLINE __u16 bpfkernel_volatile_u16(const __u16 *number) { return *(const volatile __u16 *)number; }
BPFKERNEL_INLINE __u8 bpfkernel_volatile_u8(const __u8 *number) { return *(const volatile __u8 *)number; }

// MARK: - Helpers with variable arguments, or of types that Swift does not know

BPFKERNEL_INLINE long bpfkernel_trace_printk(const void *format, __u32 size, __u64 a, __u64 b, __u64 c) {
  return bpf_trace_printk((const char *)format, size, a, b, c);
}
BPFKERNEL_INLINE long bpfkernel_loop(__u32 count, const void *body, void *context) {
  return bpf_loop(count, (void *)body, context, 0);
}

BPFKERNEL_INLINE long bpfkernel_perf_count(void *map, __u64 index, void *value) {
  return bpf_perf_event_read_value(map, index, (struct bpf_perf_event_value *)value, sizeof(struct bpf_perf_event_value));
}
BPFKERNEL_INLINE long bpfkernel_drain(void *map, const void *reader, void *context) {
  return bpf_user_ringbuf_drain(map, (void *)reader, context, 0);
}
BPFKERNEL_INLINE long bpfkernel_dynptr_read(void *value, __u32 size, const void *memory, __u32 offset) {
  return bpf_dynptr_read(value, size, (const struct bpf_dynptr *)memory, offset, 0);
}
BPFKERNEL_INLINE long bpfkernel_dynptr_write(void *memory, __u32 offset, const void *value, __u32 size) {
  return bpf_dynptr_write((struct bpf_dynptr *)memory, offset, (void *)value, size, 0);
}
BPFKERNEL_INLINE long bpfkernel_reserve_dynptr(void *map, __u32 size, void *memory) {
  return bpf_ringbuf_reserve_dynptr(map, size, 0, (struct bpf_dynptr *)memory);
}
BPFKERNEL_INLINE void bpfkernel_submit_dynptr(void *memory) { bpf_ringbuf_submit_dynptr((struct bpf_dynptr *)memory, 0); }
BPFKERNEL_INLINE void bpfkernel_discard_dynptr(void *memory) { bpf_ringbuf_discard_dynptr((struct bpf_dynptr *)memory, 0); }
// In Swift, the name bpf_spin_lock is the structure, which hides the helper.
BPFKERNEL_INLINE void bpfkernel_lock(struct bpf_spin_lock *lock) { bpf_spin_lock(lock); }
BPFKERNEL_INLINE void bpfkernel_unlock(struct bpf_spin_lock *lock) { bpf_spin_unlock(lock); }

// MARK: - Registers, and words of contexts

BPFKERNEL_BODY(__u64, bpfkernel_argument0, (const void *registers))
BPFKERNEL_BODY(__u64, bpfkernel_argument1, (const void *registers))
BPFKERNEL_BODY(__u64, bpfkernel_argument2, (const void *registers))
BPFKERNEL_BODY(__u64, bpfkernel_argument3, (const void *registers))
BPFKERNEL_BODY(__u64, bpfkernel_argument4, (const void *registers))
BPFKERNEL_BODY(__u64, bpfkernel_argument5, (const void *registers))
BPFKERNEL_BODY(__u64, bpfkernel_result, (const void *registers))
BPFKERNEL_BODY(__u64, bpfkernel_instruction_pointer, (const void *registers))
BPFKERNEL_BODY(__u64, bpfkernel_sample_period, (const void *context))
BPFKERNEL_BODY(long, bpfkernel_seq_write, (const void *context, const void *data, __u32 size))

// MARK: - Numbers whose bounds the verifier must know

BPFKERNEL_BODY(__u32, bpfkernel_log2, (__u64 value))

// MARK: - Arenas, whose pointers are of another address space

BPFKERNEL_BODY(__u64, bpfkernel_arena_allocate, (void *map, __u32 pages))
BPFKERNEL_BODY(void, bpfkernel_arena_free, (void *map, __u64 address, __u32 pages))
BPFKERNEL_BODY(__u64, bpfkernel_arena_load_u64, (const void *map, __u64 address))
BPFKERNEL_BODY(__u32, bpfkernel_arena_load_u32, (const void *map, __u64 address))
BPFKERNEL_BODY(__u16, bpfkernel_arena_load_u16, (const void *map, __u64 address))
BPFKERNEL_BODY(__u8, bpfkernel_arena_load_u8, (const void *map, __u64 address))
BPFKERNEL_BODY(void, bpfkernel_arena_store_u64, (const void *map, __u64 address, __u64 value))
BPFKERNEL_BODY(void, bpfkernel_arena_store_u32, (const void *map, __u64 address, __u32 value))
BPFKERNEL_BODY(void, bpfkernel_arena_store_u16, (const void *map, __u64 address, __u16 value))
BPFKERNEL_BODY(void, bpfkernel_arena_store_u8, (const void *map, __u64 address, __u8 value))
BPFKERNEL_BODY(void, bpfkernel_arena_add, (const void *map, __u64 address, __u64 amount))

// MARK: - Kernel functions

BPFKERNEL_BODY(void, bpfkernel_iterator_start, (__u64 * iterator, int start, int end))
BPFKERNEL_BODY(const int *, bpfkernel_iterator_next, (__u64 * iterator))
BPFKERNEL_BODY(void, bpfkernel_iterator_end, (__u64 * iterator))
BPFKERNEL_BODY(void, bpfkernel_rcu_lock, (void))
BPFKERNEL_BODY(void, bpfkernel_rcu_unlock, (void))
BPFKERNEL_BODY(void, bpfkernel_preempt_disable, (void))
BPFKERNEL_BODY(void, bpfkernel_preempt_enable, (void))

#endif
