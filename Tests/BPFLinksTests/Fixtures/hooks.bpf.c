// A program for each kind of hook that not every kernel has. Each counts what one thread does, and keeps its cookie.
#include <bpf/bpf_types.h>
#include <bpf/bpf_helpers.h>

// 0 counts what all threads do.
volatile const int thread;
// Where the kernel lacks the helper, the verifier does not come to its call.
volatile const int has_cookies;
__u64 calls, cookie;

static int note(void *ctx) {
  if (thread && (int)bpf_get_current_pid_tgid() != thread) return 0;
  __atomic_fetch_add(&calls, 1, __ATOMIC_RELAXED);
  if (has_cookies) cookie = bpf_get_attach_cookie(ctx);
  return 0;
}

#define HOOK(section, name) \
  SEC("?" section) int name(void *ctx) { return note(ctx); }

HOOK("kprobe/hrtimer_nanosleep", on_kprobe)
HOOK("kretprobe/hrtimer_nanosleep", on_kretprobe)
HOOK("ksyscall/getppid", on_ksyscall)
HOOK("kretsyscall/getppid", on_kretsyscall)
HOOK("kprobe.multi/hrtimer_nanosl?ep", on_kprobe_multi)
HOOK("kretprobe.multi/hrtimer_nanosl?ep", on_kretprobe_multi)
HOOK("kprobe.session/hrtimer_nanosl?ep", on_kprobe_session)

HOOK("fentry/security_file_open", on_entry)
HOOK("fexit/security_file_open", on_exit)
// Where a program may sleep is a matter of how the kernel was built, but for this one.
HOOK("fentry.s/bpf_fentry_test1", on_sleepable_entry)
HOOK("fmod_ret/security_file_open", on_return)
HOOK("fsession/security_file_open", on_session)

HOOK("lsm/file_open", on_open)
HOOK("lsm.s/file_open", on_sleepable_open)
SEC("?lsm_cgroup/socket_create") int on_socket(void *ctx) { return note(ctx) + 1; }

// Of the program that has the function to be replaced, or watched.
// Before Linux 6.10 one for the traffic cannot ask for its thread.
SEC("?freplace/weigh") int replaced(struct __sk_buff *skb) {
  __atomic_fetch_add(&calls, 1, __ATOMIC_RELAXED);
  return 7;
}
HOOK("fentry/weigh", on_weigh)
HOOK("fexit/weigh", on_weighed)
HOOK("fsession/weigh", on_weighing)

__attribute__((noinline)) int weigh(struct __sk_buff *skb) { return skb ? skb->len : 0; }

SEC("?tc") int target(struct __sk_buff *skb) { return weigh(skb); }

char _license[] SEC("license") = "GPL";
