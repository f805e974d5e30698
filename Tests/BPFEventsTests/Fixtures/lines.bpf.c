// Prints lines into the kernel's trace.
#include <bpf/bpf_types.h>
#include <bpf/bpf_helpers.h>

#include "counting.h"

struct line {
  __u64 number;
};

SEC("raw_tp/sys_enter")
int print(struct line *line) {
  bpf_printk("swift-bpf says %d", (__u32)line->number);
  return 0;
}

struct lines {
  __u64 mark, count;
};

__u32 printed;

// Prints a given number of numbered lines, each with a mark.
SEC("raw_tp/sys_enter")
int print_many(struct lines *lines) {
  __u64 i, mark = lines->mark, count = lines->count;
  REPEAT(i, count) bpf_printk("swift-bpf says %d %d", (__u32)mark, printed++);
  return 0;
}

char _license[] SEC("license") = "GPL";
