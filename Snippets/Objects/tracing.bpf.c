// Programs that count tracepoint and clock events, and an iterator over tasks.
#include <bpf/bpf_types.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)
struct seq_file;
struct bpf_iter_meta {
  struct seq_file *seq;
};
struct task_struct {
  int pid, tgid;
};
struct bpf_iter__task {
  struct bpf_iter_meta *meta;
  struct task_struct *task;
};
#pragma clang attribute pop

struct thread {
  int process, thread;
};

__u64 calls, ticks;

SEC("tp/syscalls/sys_enter_getppid")
int on_call(void *ctx) {
  __atomic_fetch_add(&calls, bpf_get_attach_cookie(ctx), __ATOMIC_RELAXED);
  return 0;
}

SEC("tp_btf/sched_process_exec")
int on_start(__u64 *ctx) { return 0; }

SEC("perf_event")
int on_tick(void *ctx) {
  __atomic_fetch_add(&ticks, 1, __ATOMIC_RELAXED);
  return 0;
}

SEC("iter/task")
int threads(struct bpf_iter__task *ctx) {
  struct task_struct *task = ctx->task;
  if (!task) return 0;
  struct thread thread = {task->tgid, task->pid};
  bpf_seq_write(ctx->meta->seq, &thread, sizeof(thread));
  return 0;
}

char _license[] SEC("license") = "GPL";
