// Programs for hooks that some kernels lack. Each counts the events of one thread, and stores its cookie.
#include <bpf/bpf_types.h>
#include <bpf/bpf_helpers.h>

// The thread to count; 0 counts all threads.
volatile const int thread;
// If the kernel lacks the helper, the call is dead code for the verifier.
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
// Other functions allow sleepable programs only with some kernel configurations.
HOOK("fentry.s/bpf_fentry_test1", on_sleepable_entry)
HOOK("fmod_ret/security_file_open", on_return)
HOOK("fsession/security_file_open", on_session)

HOOK("lsm/file_open", on_open)
HOOK("lsm.s/file_open", on_sleepable_open)
SEC("?lsm_cgroup/socket_create") int on_socket(void *ctx) { return note(ctx) + 1; }

// Programs that replace or trace another program's function. Before Linux 6.10, a sched_cls program cannot read its
// thread's ID.
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
