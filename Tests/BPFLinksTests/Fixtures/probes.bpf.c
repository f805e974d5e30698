// Programs on user-space probes. Each counts the events of one process, and stores its arguments.
#include <bpf/bpf_types.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/usdt.bpf.h>

extern _Bool bpf_session_is_return(void) __ksym __weak;
extern __u64 *bpf_session_cookie(void) __ksym __weak;
// Since Linux 7.0, these functions take the context.
extern _Bool bpf_session_is_return___context(void *ctx) __ksym __weak;
extern __u64 *bpf_session_cookie___context(void *ctx) __ksym __weak;

volatile const int process;
__u64 calls, cookie, cookies, kept;
long arguments[6], result;

static int note(void *ctx) {
  if ((int)(bpf_get_current_pid_tgid() >> 32) != process) return 0;
  __atomic_fetch_add(&calls, 1, __ATOMIC_RELAXED);
#ifndef BEFORE_LINUX_5_15
  cookie = bpf_get_attach_cookie(ctx);
  cookies |= cookie;
#endif
  return 1;
}

SEC("uprobe")
int on_call(struct pt_regs *ctx) {
  if (!note(ctx)) return 0;
  arguments[0] = (int)PT_REGS_PARM1(ctx);
  arguments[1] = (int)PT_REGS_PARM2(ctx);
  return 0;
}

SEC("uretprobe")
int on_return(struct pt_regs *ctx) {
  if (note(ctx)) result = (int)PT_REGS_RC(ctx);
  return 0;
}

// Copies the memory at the second argument to `result`, which requires a sleepable program.
SEC("uprobe.s")
int on_sleepable(struct pt_regs *ctx) {
  if (note(ctx)) bpf_copy_from_user(&result, sizeof(result), (const void *)PT_REGS_PARM2(ctx));
  return 0;
}

SEC("uprobe.multi")
int on_many(struct pt_regs *ctx) {
  note(ctx);
  return 0;
}

// Stores the first argument for the return.
SEC("uprobe.session")
int on_session(struct pt_regs *ctx) {
  if (!note(ctx)) return 0;
  // Reads both first: otherwise the compiler would select the register at run time, which the verifier rejects.
  volatile long first = PT_REGS_PARM1(ctx), returned = PT_REGS_RC(ctx);
  _Bool has_context = bpf_ksym_exists(bpf_session_cookie___context);
  __u64 *own = has_context ? bpf_session_cookie___context(ctx) : bpf_session_cookie();
  if (has_context ? bpf_session_is_return___context(ctx) : bpf_session_is_return()) {
    kept = *own;
    result = (int)returned;
  } else {
    *own = (int)first;
  }
  return 0;
}

static int note_static(struct pt_regs *ctx) {
  if ((int)(bpf_get_current_pid_tgid() >> 32) != process) return 0;
  __atomic_fetch_add(&calls, 1, __ATOMIC_RELAXED);
  cookie = bpf_usdt_cookie(ctx);
  for (int i = 0; i < 6; i++) bpf_usdt_arg(ctx, i, &arguments[i]);
  result = bpf_usdt_arg_cnt(ctx);
  return 0;
}

// The section may specify the probe.
#ifndef STATIC
#define STATIC "usdt"
#endif

SEC(STATIC)
int on_static(struct pt_regs *ctx) { return note_static(ctx); }

// Attaches to one location at a time.
SEC("uprobe")
int on_single_static(struct pt_regs *ctx) { return note_static(ctx); }

SEC("kprobe")
int on_kernel(struct pt_regs *ctx) { return note(ctx); }

SEC("kprobe.multi")
int on_many_kernel(struct pt_regs *ctx) {
  note(ctx);
  return 0;
}

SEC("kprobe.session")
int on_kernel_session(struct pt_regs *ctx) {
  note(ctx);
  return 0;
}

SEC("xdp")
int on_packet(struct xdp_md *ctx) { return XDP_PASS; }

char _license[] SEC("license") = "GPL";
