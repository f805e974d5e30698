// Callbacks: for each element of a map, and for a number of iterations.
#include <bpf/bpf_types.h>
#include <bpf/bpf_helpers.h>

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 8);
  __type(key, __u32);
  __type(value, __u64);
} numbers SEC(".maps");

struct totals {
  __u64 sum, calls;
};

__u64 sum, calls, rounds;

static long add(void *map, __u32 *key, __u64 *value, struct totals *totals) {
  totals->sum += *value + *key;
  totals->calls++;
  return map == NULL;
}

static long stop_at_five(__u32 index, struct totals *totals) {
  totals->calls++;
  return index == 4;
}

SEC("tc")
int each(struct __sk_buff *skb) {
  struct totals totals = {};
  long visited = bpf_for_each_map_elem(&numbers, add, &totals, 0);
  sum = totals.sum;
  calls = totals.calls;
  rounds = bpf_loop(skb->len & 1023, stop_at_five, &totals, 0);
  return visited;
}

char _license[] SEC("license") = "GPL";
