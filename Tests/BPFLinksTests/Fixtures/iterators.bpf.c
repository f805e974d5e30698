// Iterators over tasks and control groups that write text or records.
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
struct bpf_iter__task {
  struct bpf_iter_meta *meta;
  struct task_struct *task;
};
struct bpf_iter__cgroup {
  struct bpf_iter_meta *meta;
  struct cgroup *cgroup;
};
#pragma clang attribute pop

SEC("iter/task")
int tasks(struct bpf_iter__task *ctx) {
  struct task_struct *task = ctx->task;
  if (task) BPF_SEQ_PRINTF(ctx->meta->seq, "%d %d\n", task->tgid, task->pid);
  return 0;
}

SEC("iter/cgroup")
int groups(struct bpf_iter__cgroup *ctx) {
  struct cgroup *cgroup = ctx->cgroup;
  if (!cgroup) return 0;
  __u64 id = cgroup->kn->id;
  bpf_seq_write(ctx->meta->seq, &id, sizeof(id));
  return 0;
}

char _license[] SEC("license") = "GPL";
