// Registers in kernel memory, with the structure of <bpf/bpf_types.h> instead of the kernel's.
#include <bpf/bpf_types.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

volatile const int process;
volatile const long call_of_kill;
long arguments[2], instruction, stack;

SEC("tp_btf/sys_enter")
int BPF_PROG(entered, struct pt_regs *regs, long call) {
  if ((int)(bpf_get_current_pid_tgid() >> 32) != process || call != call_of_kill) return 0;
  arguments[0] = PT_REGS_PARM1_CORE_SYSCALL(regs);
  arguments[1] = PT_REGS_PARM2_CORE_SYSCALL(regs);
  instruction = PT_REGS_IP_CORE(regs);
  stack = PT_REGS_SP_CORE(regs);
  return 0;
}

// Only loaded: it reads the same registers if the kernel passes a pointer to them.
SEC("ksyscall/kill")
int BPF_KSYSCALL(killed, int pid, int signal) {
  arguments[0] = pid;
  arguments[1] = signal;
  return 0;
}

char _license[] SEC("license") = "GPL";
