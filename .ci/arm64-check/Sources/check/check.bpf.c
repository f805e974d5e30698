// The programs of the check. Each counts the events of one process, and stores what the machine passes to it.
#include <bpf/bpf_types.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_core_read.h>

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)
struct seq_file;
struct file;
struct task_struct {
  struct task_struct *real_parent;
  int pid, tgid;
};
struct bpf_iter_meta {
  struct seq_file *seq;
};
struct bpf_iter__task {
  struct bpf_iter_meta *meta;
  struct task_struct *task;
};
#pragma clang attribute pop

// Ring sizes are multiples of the page size, which is at most 64 KiB.
struct {
  __uint(type, BPF_MAP_TYPE_RINGBUF);
  __uint(max_entries, 65536);
} ring SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
  __uint(key_size, 4);
  __uint(value_size, 4);
} samples SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_STACK_TRACE);
  __uint(max_entries, 64);
  __uint(key_size, 4);
  __uint(value_size, 127 * 8);
} stacks SEC(".maps");

volatile const int process;
volatile const long call_of_getppid, call_of_kill;
__u64 calls, samples_failed;
long arguments[5];
long result;
int parent, task_size;
__u32 stack;

static int is_mine(void) { return (int)(bpf_get_current_pid_tgid() >> 32) == process; }

static int count(void) {
  if (!is_mine()) return 0;
  __atomic_fetch_add(&calls, 1, __ATOMIC_RELAXED);
  return 1;
}

SEC("raw_tp/sys_enter")
int on_raw(__u64 *ctx) {
  if ((long)ctx[1] != call_of_getppid || !count()) return 0;
  struct task_struct *task = (struct task_struct *)bpf_get_current_task();
  parent = BPF_CORE_READ(task, real_parent, tgid);
  task_size = bpf_core_type_size(struct task_struct);
  __u64 record[2] = {calls, (__u64)ctx[1]};
  bpf_ringbuf_output(&ring, record, sizeof(record), 0);
  if (bpf_perf_event_output(ctx, &samples, BPF_F_CURRENT_CPU, record, sizeof(record))) samples_failed++;
  return 0;
}

// The number and the arguments of a system call, as all tracepoints of raw system calls have them.
struct entered {
  __u64 common;
  long call;
  unsigned long arguments[6];
};

SEC("tracepoint/raw_syscalls/sys_enter")
int on_raw_call(struct entered *ctx) {
  if (ctx->call != call_of_kill || !count()) return 0;
  arguments[0] = ctx->arguments[0];
  arguments[1] = ctx->arguments[1];
  return 0;
}

SEC("tracepoint/syscalls/sys_enter_kill")
int on_call(struct entered *ctx) {
  if (!count()) return 0;
  arguments[0] = ctx->arguments[0];
  arguments[1] = ctx->arguments[1];
  return 0;
}

SEC("tp_btf/sys_enter")
int BPF_PROG(on_typed, struct pt_regs *regs, long call) {
  if (call != call_of_kill || !count()) return 0;
  arguments[0] = PT_REGS_PARM1_CORE_SYSCALL(regs);
  arguments[1] = PT_REGS_PARM2_CORE_SYSCALL(regs);
  return 0;
}

SEC("ksyscall/kill")
int BPF_KSYSCALL(on_kill, int pid, int signal) {
  if (!count()) return 0;
  arguments[0] = pid;
  arguments[1] = signal;
  return 0;
}

SEC("kretsyscall/kill")
int BPF_KRETPROBE(on_killed, int ret) {
  if (count()) result = ret;
  return 0;
}

SEC("ksyscall/setsockopt")
int BPF_KSYSCALL(on_setsockopt, long socket, long level, long option, long value, long length) {
  if (!count()) return 0;
  arguments[0] = socket;
  arguments[1] = level;
  arguments[2] = option;
  arguments[3] = value;
  arguments[4] = length;
  return 0;
}

SEC("kprobe.multi")
int on_many(struct pt_regs *ctx) {
  count();
  return 0;
}

SEC("fentry/bpf_fentry_test2")
int BPF_PROG(on_entry, int first, __u64 second) {
  if (!count()) return 0;
  arguments[0] = first;
  arguments[1] = second;
  return 0;
}

SEC("fexit/bpf_fentry_test2")
int BPF_PROG(on_exit, int first, __u64 second, int ret) {
  if (count()) result = ret;
  return 0;
}

SEC("lsm/file_open")
int BPF_PROG(on_open, struct file *file) {
  count();
  return 0;
}

SEC("iter/task")
int tasks(struct bpf_iter__task *ctx) {
  struct task_struct *task = ctx->task;
  if (!task) return 0;
  int id = task->tgid;
  bpf_seq_write(ctx->meta->seq, &id, sizeof(id));
  return 0;
}

SEC("perf_event")
int on_sample(void *ctx) {
  if (count()) stack = bpf_get_stackid(ctx, &stacks, BPF_F_USER_STACK);
  return 0;
}

SEC("cgroup/sock_create")
int on_socket(struct bpf_sock *socket) {
  count();
  return 1;
}

SEC("xdp")
int on_frame(struct xdp_md *ctx) {
  __atomic_fetch_add(&calls, 1, __ATOMIC_RELAXED);
  result = (long)ctx->data_end - (long)ctx->data;
  return XDP_PASS;
}

SEC("tcx/ingress")
int on_packet(struct __sk_buff *skb) {
  __atomic_fetch_add(&calls, 1, __ATOMIC_RELAXED);
  result = skb->len;
  return TCX_NEXT;
}

char _license[] SEC("license") = "GPL";
