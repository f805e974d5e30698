// Subprograms: static and global, in .text, called from several sections and across sections.
#include <bpf/bpf_types.h>
#include <bpf/bpf_helpers.h>

int calls;

static __noinline int square(int x) {
  calls++;
  return x * x;
}

static __noinline int sum_of_squares(int x, int y) { return square(x) + square(y); }

__noinline int length(struct __sk_buff *skb) { return skb->len; }

// Hidden functions are verified at each call, like static ones.
__hidden __noinline int longest(struct __sk_buff *skb, int other) {
  int own = length(skb);
  return own > other ? own : other;
}

// Uncalled global functions are loaded, too.
__noinline int never_called(int x) { return x + 1; }

SEC("tc")
int first(struct __sk_buff *skb) { return longest(skb, sum_of_squares(3, 4)); }

SEC("tc")
int second(struct __sk_buff *skb) { return square(length(skb)); }

SEC("xdp")
int third(struct xdp_md *ctx) { return square(ctx->data_end - ctx->data) ? XDP_PASS : XDP_DROP; }

char _license[] SEC("license") = "GPL";
