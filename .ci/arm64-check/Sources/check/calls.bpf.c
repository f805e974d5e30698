// The arguments and results of system calls, where this machine's wrappers of them keep these.
#include <bpf/bpf_types.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_core_read.h>

volatile const int process;
__u64 calls;
long arguments[4];
long result;

static int is_mine(void) { return (int)(bpf_get_current_pid_tgid() >> 32) == process; }

SEC("ksyscall/kill")
int BPF_KSYSCALL(on_kill, int pid, int signal) {
  if (!is_mine()) return 0;
  calls++;
  arguments[0] = pid;
  arguments[1] = signal;
  return 0;
}

SEC("kretsyscall/kill")
int BPF_KRETPROBE(on_killed, int ret) {
  if (!is_mine()) return 0;
  calls++;
  result = ret;
  return 0;
}

SEC("ksyscall/setsockopt")
int BPF_KSYSCALL(on_setsockopt, long socket, long level, long option, long value, long length) {
  if (!is_mine()) return 0;
  arguments[0] = socket;
  arguments[1] = level;
  arguments[2] = option;
  arguments[3] = length;
  return 0;
}

char _license[] SEC("license") = "GPL";
