// A map pinned by name, and one that is not.
#include <bpf/bpf_types.h>
#include <bpf/bpf_helpers.h>

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 16);
  __uint(pinning, LIBBPF_PIN_BY_NAME);
  __type(key, __u32);
  __type(value, __u64);
} shared_counts SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 1);
  __uint(pinning, LIBBPF_PIN_NONE);
  __type(key, __u32);
  __type(value, __u64);
} own_counts SEC(".maps");

SEC("tc")
int count(struct __sk_buff *skb) {
  __u32 key = skb->ifindex, zero = 0;
  __u64 one = 1, *own = bpf_map_lookup_elem(&own_counts, &zero);
  if (own) ++*own;
  return bpf_map_update_elem(&shared_counts, &key, &one, BPF_ANY);
}

char _license[] SEC("license") = "GPL";
