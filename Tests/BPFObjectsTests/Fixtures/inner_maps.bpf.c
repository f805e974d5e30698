// Maps-in-maps with initial inner maps, and one with only an inner map template.
#include <bpf/bpf_types.h>
#include <bpf/bpf_helpers.h>

struct inner {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 2);
  __type(key, __u32);
  __type(value, __u64);
} left SEC(".maps"), right SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
  __uint(max_entries, 3);
  __type(key, __u32);
  __array(values, struct inner);
} by_index SEC(".maps") = {.values = {[0] = &left, [2] = &right}};

struct {
  __uint(type, BPF_MAP_TYPE_HASH_OF_MAPS);
  __uint(max_entries, 8);
  __type(key, __u32);
  __array(values, struct inner);
} by_key SEC(".maps") = {.values = {[5] = &right}};

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
  __uint(max_entries, 1);
  __type(key, __u32);
  __array(
      values, struct {
        __uint(type, BPF_MAP_TYPE_HASH);
        __uint(max_entries, 16);
        __type(key, __u64);
        __type(value, __u64);
      });
} described SEC(".maps");

SEC("tc")
int count(struct __sk_buff *skb) {
  __u32 index = skb->mark, zero = 0;
  __u64 key = skb->len;
  void *inner = bpf_map_lookup_elem(&by_index, &index);
  if (!inner) inner = bpf_map_lookup_elem(&by_key, &index);
  if (inner) {
    __u64 *value = bpf_map_lookup_elem(inner, &zero);
    if (value) return ++*value;
  }
  inner = bpf_map_lookup_elem(&described, &zero);
  return inner && bpf_map_lookup_elem(inner, &key);
}

char _license[] SEC("license") = "GPL";
