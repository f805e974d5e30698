// Iterators over tasks, over the elements of a map, and over control groups, as text and as records.
#include <bpf/bpf_types.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)
struct seq_file;
struct bpf_iter_meta {
  struct seq_file *seq;
  __u64 session_id, seq_num;
};
struct task_struct {
  int pid, tgid;
};
struct kernfs_node {
  __u64 id;
};
struct cgroup {
  struct kernfs_node *kn;
};
struct bpf_map;
struct bpf_iter__task {
  struct bpf_iter_meta *meta;
  struct task_struct *task;
};
struct bpf_iter__bpf_map_elem {
  struct bpf_iter_meta *meta;
  struct bpf_map *map;
  void *key, *value;
};
struct bpf_iter__cgroup {
  struct bpf_iter_meta *meta;
  struct cgroup *cgroup;
};
#pragma clang attribute pop

SEC("iter/task")
int tasks(struct bpf_iter__task *ctx) {
  if (ctx->task) BPF_SEQ_PRINTF(ctx->meta->seq, "%d %d\n", ctx->task->tgid, ctx->task->pid);
  return 0;
}

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

SEC("iter/cgroup")
int groups(struct bpf_iter__cgroup *ctx) {
  if (!ctx->cgroup) return 0;
  __u64 id = ctx->cgroup->kn->id;
  bpf_seq_write(ctx->meta->seq, &id, sizeof(id));
  return 0;
}

char _license[] SEC("license") = "GPL";
