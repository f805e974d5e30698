// All macros of <bpf/usdt.bpf.h>.
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/usdt.bpf.h>

long result;

SEC("usdt")
int BPF_USDT(fired, int code, const char *text) {
  char first;
  bpf_probe_read_user(&first, 1, text);
  result = code + first + bpf_usdt_cookie(ctx);
  return 0;
}

SEC("usdt")
int BPF_USDT(twelve, long a, long b, long c, long d, long e, long f, long g, long h, long i, long j, long k,
             long l) {
  result = a + b + c + d + e + f + g + h + i + j + k + l;
  return 0;
}

SEC("usdt")
int plain(struct pt_regs *ctx) {
  long argument;
  if (bpf_usdt_arg(ctx, 1, &argument) == -ENOENT) return 0;
  result = bpf_usdt_arg_cnt(ctx) + bpf_usdt_arg_size(ctx, 1) + argument;
  return 0;
}

char _license[] SEC("license") = "GPL";
