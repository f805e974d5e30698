// An iterator over the elements of a map that is chosen when attaching.
#include <bpf/bpf_types.h>
#include <bpf/bpf_helpers.h>

struct bpf_iter_meta;
struct bpf_map;
struct bpf_iter__bpf_map_elem {
  struct bpf_iter_meta *meta;
  struct bpf_map *map;
  void *key, *value;
} __attribute__((preserve_access_index));

__u64 sum;

SEC("iter/bpf_map_elem")
int add(struct bpf_iter__bpf_map_elem *ctx) {
  __u64 *value = ctx->value;
  if (ctx->key && value) sum += *value;
  return 0;
}

char _license[] SEC("license") = "GPL";
