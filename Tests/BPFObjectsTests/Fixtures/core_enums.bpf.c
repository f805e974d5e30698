// Kernel enumerators: with another value than in the program, with 64 bits, and missing.
#include <bpf/bpf_types.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

// The kernel's values differ: HRTIMER_BASE_REALTIME is 1 there.
enum hrtimer_base_type {
  HRTIMER_BASE_MONOTONIC = 100,
  HRTIMER_BASE_REALTIME = 101,
};

enum hrtimer_base_type___never {
  HRTIMER_BASE_NOWHERE = 102,
};

enum bpf_func_id___some {
  BPF_FUNC_loop___any = 1,
};

enum wide___here {
  WIDE_VALUE = 0x123456789abcdefULL,
};

__u64 monotonic, realtime, loop_number;
int exists, absent, wide_exists;

SEC("tc")
int look(struct __sk_buff *skb) {
  monotonic = bpf_core_enum_value(enum hrtimer_base_type, HRTIMER_BASE_MONOTONIC);
  realtime = bpf_core_enum_value(enum hrtimer_base_type, HRTIMER_BASE_REALTIME);
  exists = bpf_core_enum_value_exists(enum hrtimer_base_type, HRTIMER_BASE_REALTIME);
  absent = bpf_core_enum_value_exists(enum hrtimer_base_type___never, HRTIMER_BASE_NOWHERE);
  loop_number = bpf_core_enum_value(enum bpf_func_id___some, BPF_FUNC_loop___any);
  wide_exists = bpf_core_enum_value_exists(enum wide___here, WIDE_VALUE);
  return skb->len;
}

char _license[] SEC("license") = "GPL";
