// Programs on functions of the kernel and of another program, and on hooks of the security framework. Some kernels refuse
// all of them.
#include <bpf/bpf_types.h>
#include <bpf/bpf_helpers.h>

volatile const int process;
__u64 calls;

static int note(void) {
  if ((int)(bpf_get_current_pid_tgid() >> 32) == process) __atomic_fetch_add(&calls, 1, __ATOMIC_RELAXED);
  return 0;
}

SEC("?fentry/security_file_open")
int on_entry(__u64 *ctx) { return note(); }

SEC("?fexit/security_file_open")
int on_exit(__u64 *ctx) { return note(); }

SEC("?fentry.s/security_file_open")
int on_sleepable_entry(__u64 *ctx) { return note(); }

SEC("?fmod_ret/security_file_open")
int on_return(__u64 *ctx) { return note(); }

SEC("?lsm/file_open")
int on_open(__u64 *ctx) { return note(); }

SEC("?lsm_cgroup/socket_create")
int on_socket(__u64 *ctx) { return note() + 1; }

SEC("?freplace/weigh")
int replaced(struct __sk_buff *skb) { return 7; }

// Of the program that has the function to be replaced, or watched.
SEC("?fentry/weigh")
int on_weigh(__u64 *ctx) { return note(); }

__attribute__((noinline)) int weigh(struct __sk_buff *skb) { return skb ? skb->len : 0; }

SEC("?tc")
int target(struct __sk_buff *skb) { return weigh(skb); }

char _license[] SEC("license") = "GPL";
