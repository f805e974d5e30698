//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

// Arena variables, and a list that leads from one of them to pages that the program allocates.

#include <bpf/bpf_types.h>
#include <bpf/bpf_helpers.h>

#define __arena __attribute__((address_space(1)))

void __arena *bpf_arena_alloc_pages(void *map, void __arena *address, __u32 count, int node, __u64 flags) __ksym;

struct {
  __uint(type, BPF_MAP_TYPE_ARENA);
  __uint(map_flags, BPF_F_MMAPABLE);
  __uint(max_entries, 16);
#ifdef ADDRESS
  __ulong(map_extra, ADDRESS);
#endif
} region SEC(".maps");

struct node {
  struct node __arena *next;
  __u64 value;
};

int __arena calls = 40;
__u64 __arena squares[4] = {0, 1, 4, 9};
static long __arena own = 7;
struct node __arena *__arena first;
__u64 plain = 5;

SEC("syscall")
int use(void *context) {
  struct node __arena *node = bpf_arena_alloc_pages(&region, 0, 1, -1, 0);
  if (!node) return -1;
  node->value = squares[3] + plain;
  node->next = first;
  first = node;
  own++;
  return ++calls + own;
}

char _license[] SEC("license") = "GPL";
