// Iterator programs over tasks and maps, and an open-coded iterator.
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
  char comm[16];
};
struct bpf_map {
  __u32 id;
  char name[16];
};
struct bpf_iter__task {
  struct bpf_iter_meta *meta;
  struct task_struct *task;
};
struct bpf_iter__bpf_map {
  struct bpf_iter_meta *meta;
  struct bpf_map *map;
};
#pragma clang attribute pop

__u64 tasks;

SEC("iter/task")
int list_tasks(struct bpf_iter__task *ctx) {
  struct task_struct *task = ctx->task;
  if (!task) return 0;
  if (ctx->meta->seq_num == 0) BPF_SEQ_PRINTF(ctx->meta->seq, "pid name\n");
  BPF_SEQ_PRINTF(ctx->meta->seq, "%d %s\n", task->pid, task->comm);
  tasks++;
  return 0;
}

SEC("iter/bpf_map")
int list_maps(struct bpf_iter__bpf_map *ctx) {
  struct bpf_map *map = ctx->map;
  if (map) BPF_SEQ_PRINTF(ctx->meta->seq, "%u %s\n", map->id, map->name);
  return 0;
}

SEC("tc")
int count_to_ten(struct __sk_buff *skb) {
  int i, total = 0;
  bpf_for(i, 0, 10) total += i;
  return total + skb->len;
}

char _license[] SEC("license") = "GPL";
