// Several programs in one section, programs in many kinds of sections, and one that is loaded only on request.
#include <bpf/bpf_types.h>
#include <bpf/bpf_helpers.h>

SEC("tc")
int first(struct __sk_buff *skb) { return skb->len; }

SEC("tc")
int second(struct __sk_buff *skb) { return skb->len + 1; }

SEC("tc")
int third(struct __sk_buff *skb) { return skb->len + 2; }

SEC("xdp")
int frame(struct xdp_md *ctx) { return ctx->data_end > ctx->data ? XDP_PASS : XDP_DROP; }

SEC("xdp.frags")
int long_frame(struct xdp_md *ctx) { return bpf_xdp_get_buff_len(ctx) > 0 ? XDP_PASS : XDP_DROP; }

SEC("socket")
int filter(struct __sk_buff *skb) { return skb->len; }

SEC("cgroup_skb/ingress")
int inbound(struct __sk_buff *skb) { return skb->len > 0; }

SEC("cgroup/bind4")
int bound(struct bpf_sock_addr *ctx) { return ctx->user_port != 0; }

SEC("tracepoint/syscalls/sys_enter_getpid")
int entered(void *ctx) { return ctx == NULL; }

SEC("raw_tp/sys_enter")
int entered_raw(struct bpf_raw_tracepoint_args *ctx) { return ctx->args[1] == 0; }

SEC("perf_event")
int sampled(void *ctx) { return ctx == NULL; }

char _license[] SEC("license") = "Dual BSD/GPL";
