// Variables, a constant, and a map with BTF.
#include <bpf/bpf_types.h>
#include <bpf/bpf_helpers.h>

struct hit {
  __u64 count;
  __u32 process;
};

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 16);
  __type(key, __u32);
  __type(value, struct hit);
} hits SEC(".maps");

const volatile __u64 step;
__u64 total;

SEC("syscall")
int count(void *ctx) {
  __u32 key = 1;
  struct hit hit = {.count = step};
  bpf_map_update_elem(&hits, &key, &hit, BPF_ANY);
  total += step;
  return 0;
}

char _license[] SEC("license") = "GPL";
