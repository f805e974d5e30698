// An iterator over map elements that writes them as records.
#include <bpf/bpf_types.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)
struct seq_file;
struct bpf_iter_meta {
  struct seq_file *seq;
};
struct bpf_map;
struct bpf_iter__bpf_map_elem {
  struct bpf_iter_meta *meta;
  struct bpf_map *map;
  void *key, *value;
};
#pragma clang attribute pop

struct element {
  __u32 key, padding;
  __u64 value;
};

SEC("iter/bpf_map_elem")
int elements(struct bpf_iter__bpf_map_elem *ctx) {
  __u32 *key = ctx->key;
  __u64 *value = ctx->value;
  if (!key || !value) return 0;
  struct element element = {*key, 0, *value};
  bpf_seq_write(ctx->meta->seq, &element, sizeof(element));
  return 0;
}

char _license[] SEC("license") = "GPL";
