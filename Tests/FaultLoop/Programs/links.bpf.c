// Programs for attach targets of several kinds, each counting the calls and packets of one process.
#include <bpf/bpf_types.h>
#include <bpf/bpf_helpers.h>

volatile const int process;
__u64 calls;

static int note(int verdict) {
  if ((int)(bpf_get_current_pid_tgid() >> 32) == process) __sync_fetch_and_add(&calls, 1);
  return verdict;
}

SEC("tp/syscalls/sys_enter_getppid")
int on_entry(void *ctx) { return note(0); }

SEC("uprobe/libc.so.6:getsid")
int on_call(void *ctx) { return note(0); }

SEC("xdp")
int on_frame(struct xdp_md *ctx) { return note(2); }

SEC("tcx/egress")
int on_packet(struct __sk_buff *skb) { return note(-1); }

SEC("tc")
int on_class(struct __sk_buff *skb) { return note(-1); }

char _license[] SEC("license") = "GPL";
