// Sends a given number of numbered records of a given size to the perf buffer of the current CPU.
#include <bpf/bpf_types.h>
#include <bpf/bpf_helpers.h>

#include "counting.h"

struct arguments {
  __u64 count, size;
};

struct {
  __uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
  __uint(key_size, 4);
  __uint(value_size, 4);
} samples SEC(".maps");

__u64 number, failed;
char bytes[256];
char large[1 << 18];

SEC("raw_tp/sys_enter")
int send(struct arguments *arguments) {
  __u64 count = arguments->count, size = arguments->size, i;
  if (size < 8 || size > sizeof(bytes)) return 1;
  REPEAT(i, count) {
    __u64 next = number++;
    __builtin_memcpy(bytes, &next, sizeof(next));
    if (bpf_perf_event_output(arguments, &samples, BPF_F_CURRENT_CPU, bytes, size)) failed++;
  }
  return 0;
}

// Sends one record of any size. The kernel stores the length in 16 bits.
SEC("raw_tp/sys_enter")
int send_large(struct arguments *arguments) {
  __u64 size = arguments->size;
  if (size < 8 || size > sizeof(large)) return 1;
  __builtin_memset(large, 0xff, 64);
  if (bpf_perf_event_output(arguments, &samples, BPF_F_CURRENT_CPU, large, size)) failed++;
  return 0;
}

char _license[] SEC("license") = "GPL";
