// Programs that see packets at many places, count them, and drop them if they shall.
#include <bpf/bpf_types.h>
#include <bpf/bpf_helpers.h>

__u64 packets;
__u8 drops;

static int verdict(int pass, int drop) {
  __sync_fetch_and_add(&packets, 1);
  return drops ? drop : pass;
}

SEC("xdp")
int on_frame(struct xdp_md *ctx) { return verdict(2, 1); }

SEC("tcx/egress")
int on_packet(struct __sk_buff *skb) { return verdict(-1, 2); }

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

struct sk_msg_md;
SEC("sk_msg")
int on_message(struct sk_msg_md *ctx) { return verdict(1, 0); }

char _license[] SEC("license") = "GPL";
