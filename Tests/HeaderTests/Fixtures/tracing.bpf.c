// All program macros of <bpf/bpf_tracing.h>, with arguments.
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_core_read.h>

struct small {
  int number;
};

struct large {
  __u64 first, second;
};

__u64 result;

SEC("tp_btf/sched_switch")
int BPF_PROG(switched, bool preempt, struct task_struct *prev, struct task_struct *next) {
  result = preempt + prev->pid + next->pid + ctx[0];
  return 0;
}

SEC("tp_btf/task_newtask")
int BPF_PROG(nothing) { return 0; }

SEC("raw_tp/sys_enter")
int BPF_PROG(entered, struct pt_regs *regs, long id) {
  result = id + PT_REGS_PARM1_CORE(regs) + PT_REGS_PARM6_CORE(regs) + PT_REGS_PARM1_CORE_SYSCALL(regs) +
           PT_REGS_PARM4_CORE_SYSCALL(regs) + PT_REGS_PARM6_CORE_SYSCALL(regs) + PT_REGS_IP_CORE(regs) +
           PT_REGS_SP_CORE(regs) + PT_REGS_FP_CORE(regs) + PT_REGS_RC_CORE(regs) + PT_REGS_RET_CORE(regs);
  return 0;
}

SEC("?fentry/nothing_of_that_name")
int BPF_PROG2(structures, struct small, a, struct large, b, char, c, short, d, __u64, e) {
  result = a.number + b.first + b.second + c + d + e;
  return 0;
}

SEC("?fentry/nothing_of_that_name")
int BPF_PROG2(pointer, struct large *, a) {
  result = a->first;
  return 0;
}

SEC("?fentry/nothing_of_that_name")
int BPF_PROG2(alone) { return 0; }

SEC("kprobe/do_unlinkat")
int BPF_KPROBE(probed, int dfd, struct filename *name) {
  __u64 from = 0;
  BPF_KPROBE_READ_RET_IP(from, ctx);
  result = dfd + (long)BPF_CORE_READ(name, name) + from;
  return 0;
}

SEC("kprobe/do_unlinkat")
int BPF_KPROBE(six, long a, long b, long c, long d, long e, long f) {
  result = a + b + c + d + e + f;
  return 0;
}

SEC("kretprobe/do_unlinkat")
int BPF_KRETPROBE(returned, int error) {
  __u64 from = 0;
  BPF_KRETPROBE_READ_RET_IP(from, ctx);
  result = error + from;
  return 0;
}

SEC("kretprobe/do_unlinkat")
int BPF_KRETPROBE(only_returned) { return 0; }

SEC("uprobe")
int BPF_UPROBE(in_process, const char *text, unsigned char byte) {
  char first;
  bpf_probe_read_user(&first, 1, text);
  result = first + byte;
  return 0;
}

SEC("uretprobe")
int BPF_URETPROBE(out_of_process, void *address) {
  result = (__u64)address;
  return 0;
}

SEC("ksyscall/openat")
int BPF_KSYSCALL(opened, int dfd, const char *path, int flags, unsigned short mode) {
  char first;
  bpf_probe_read_user(&first, 1, path);
  result = dfd + first + flags + mode;
  return 0;
}

SEC("ksyscall/getpid")
int BPF_KPROBE_SYSCALL(asked) { return 0; }

SEC("kprobe")
int system_call(struct pt_regs *ctx) {
  struct pt_regs *regs = PT_REGS_SYSCALL_REGS(ctx);
  result = PT_REGS_PARM2_CORE_SYSCALL(regs);
  return 0;
}

char _license[] SEC("license") = "GPL";
