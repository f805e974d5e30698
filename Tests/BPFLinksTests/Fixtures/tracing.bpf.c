// Programs on the tracepoints of getppid(2). Each counts the events of one process, and stores its cookie.
#include <bpf/bpf_types.h>
#include <bpf/bpf_helpers.h>

volatile const int process;
__u64 calls, cookie;

static int count(void) {
  if ((int)(bpf_get_current_pid_tgid() >> 32) != process) return 0;
  __atomic_fetch_add(&calls, 1, __ATOMIC_RELAXED);
  return 1;
}

static int note(void *ctx) {
  if (!count()) return 0;
#ifndef BEFORE_LINUX_5_15
  cookie = bpf_get_attach_cookie(ctx);
#endif
  return 0;
}

// Raw tracepoints have cookies since Linux 6.10.
static int note_raw(void *ctx) {
#ifdef BEFORE_LINUX_6_10
  count();
  return 0;
#else
  return note(ctx);
#endif
}

SEC("tp/syscalls/sys_enter_getppid")
int on_entry(void *ctx) { return note(ctx); }

SEC("raw_tp/sys_enter")
int on_raw_entry(__u64 *ctx) {
  const __u64 getppid = 110;  // x86-64
  return ctx[1] == getppid ? note_raw(ctx) : 0;
}

SEC("tp_btf/sys_enter")
int on_typed_entry(__u64 *ctx) {
  const __u64 getppid = 110;
  return ctx[1] == getppid ? note_raw(ctx) : 0;
}

SEC("raw_tp.w/bpf_test_finish")
int on_test_end(void *ctx) { return note_raw(ctx); }

SEC("perf_event")
int on_event(void *ctx) { return note(ctx); }

// No tracepoint has that many fields.
SEC("tracepoint")
int beyond_fields(__u64 *ctx) { return ctx[100]; }

SEC("tc")
int on_packet(struct __sk_buff *skb) { return skb->len; }

char _license[] SEC("license") = "GPL";
