// Programs that see packets at many places, count them, and drop them if they shall.
#include <bpf/bpf_types.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

__u64 packets, parsed;
__u8 drops;

static int verdict(int pass, int drop) {
  __atomic_fetch_add(&packets, 1, __ATOMIC_RELAXED);
  return drops ? drop : pass;
}

SEC("xdp")
int on_frame(struct xdp_md *ctx) { return verdict(2, 1); }

// Sees those frames alone that tests send: others come by themselves, when an interface is made.
SEC("xdp")
int on_test_frame(struct xdp_md *ctx) {
  const __u16 experimental = 0x88b5;
  __u8 *frame = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
  if (frame + 14 > end || (frame[12] << 8 | frame[13]) != experimental) return 2;
  return verdict(2, 1);
}

SEC("tcx/egress")
int on_packet(struct __sk_buff *skb) { return verdict(-1, 2); }

SEC("tc")
int on_test_packet(struct __sk_buff *skb) {
  return skb->protocol == bpf_htons(0x88b5) ? verdict(-1, 2) : -1;
}

struct bpf_nf_ctx;
SEC("netfilter")
int on_hook(struct bpf_nf_ctx *ctx) { return verdict(1, 0); }

SEC("socket")
int on_socket(struct __sk_buff *skb) { return verdict(skb->len, 0); }

struct sk_reuseport_md;
SEC("sk_reuseport")
int on_reuseport(struct sk_reuseport_md *ctx) { return verdict(1, 0); }

struct bpf_sk_lookup;
SEC("sk_lookup")
int on_lookup(struct bpf_sk_lookup *ctx) { return verdict(1, 0); }

// Leaves the packet to the kernel's own dissector.
SEC("flow_dissector")
int on_dissection(struct __sk_buff *skb) { return verdict(129, 129); }

// How long the first message is that lies at the beginning of the bytes: two, so that three of them are in six.
SEC("sk_skb/stream_parser")
int on_bytes(struct __sk_buff *skb) {
  __atomic_fetch_add(&parsed, 1, __ATOMIC_RELAXED);
  return 2;
}

SEC("sk_skb/stream_verdict")
int on_parsed(struct __sk_buff *skb) { return verdict(1, 0); }

SEC("sk_skb/verdict")
int on_received(struct __sk_buff *skb) { return verdict(1, 0); }

struct sk_msg_md;
SEC("sk_msg")
int on_message(struct sk_msg_md *ctx) { return verdict(1, 0); }

char _license[] SEC("license") = "GPL";
