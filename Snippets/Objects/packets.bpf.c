// Programs that count packets and let them pass.
#include <bpf/bpf_types.h>
#include <bpf/bpf_helpers.h>

__u64 packets;

#define COUNTER(section, name, context, verdict) \
  SEC(section) int name(context *ctx) {          \
    __atomic_fetch_add(&packets, 1, __ATOMIC_RELAXED); \
    return verdict;                              \
  }

struct bpf_nf_ctx;
struct sk_msg_md;
struct bpf_sk_lookup;

COUNTER("xdp", on_frame, struct xdp_md, 2)
COUNTER("tcx/ingress", on_packet, struct __sk_buff, -1)
COUNTER("tcx/ingress", on_first, struct __sk_buff, -1)
COUNTER("netfilter", on_hook, struct bpf_nf_ctx, 1)
COUNTER("cgroup_skb/egress", on_sent, struct __sk_buff, 1)
COUNTER("socket", on_datagram, struct __sk_buff, ctx->len)
COUNTER("sk_lookup", on_lookup, struct bpf_sk_lookup, 1)
COUNTER("sk_msg", on_message, struct sk_msg_md, 1)

char _license[] SEC("license") = "GPL";
