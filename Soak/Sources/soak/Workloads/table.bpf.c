// Inserts elements into a hash map, and deletes them again.
#include <bpf/bpf_types.h>
#include <bpf/bpf_helpers.h>

struct range {
  __u64 first, count;
};

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 16384);
  __type(key, __u64);
  __type(value, __u64);
} table SEC(".maps");

__u64 changes;

SEC("syscall")
int churn(struct range *range) {
  __u64 first = range->first, count = range->count;
  int i;
  bpf_for(i, 0, count) {
    __u64 key = first + i, value = ~key;
    if (bpf_map_update_elem(&table, &key, &value, 0) == 0) __atomic_fetch_add(&changes, 1, __ATOMIC_RELAXED);
  }
  bpf_for(i, 0, count) {
    __u64 key = first + i;
    if (bpf_map_delete_elem(&table, &key) == 0) __atomic_fetch_add(&changes, 1, __ATOMIC_RELAXED);
  }
  return 0;
}

char _license[] SEC("license") = "GPL";
