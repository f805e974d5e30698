// Congestion controls: a complete one with optional programs, incomplete ones, and one that is not created by default.
#include "congestion.h"

SEC("?struct_ops/ssthresh")
__u32 BPF_PROG(threshold, struct sock *sk) { return 2; }

SEC("?struct_ops/undo_cwnd")
__u32 BPF_PROG(undo, struct sock *sk) { return 2; }

SEC("?struct_ops/cong_avoid")
void BPF_PROG(avoid, struct sock *sk, __u32 ack, __u32 acked) {}

SEC("struct_ops/init")
void BPF_PROG(later_only, struct sock *sk) {}

SEC(".struct_ops.link")
struct tcp_congestion_ops complete = {
    .ssthresh = (void *)threshold,
    .undo_cwnd = (void *)undo,
    .cong_avoid = (void *)avoid,
    .name = "bpf_complete",
};

SEC(".struct_ops.link")
struct tcp_congestion_ops lacking = {.ssthresh = (void *)threshold, .name = "bpf_lacking"};

SEC(".struct_ops")
struct tcp_congestion_ops nameless = {
    .ssthresh = (void *)threshold,
    .undo_cwnd = (void *)undo,
    .cong_avoid = (void *)avoid,
};

SEC("?.struct_ops.link")
struct tcp_congestion_ops later = {
    .init = (void *)later_only,
    .ssthresh = (void *)threshold,
    .undo_cwnd = (void *)undo,
    .cong_avoid = (void *)avoid,
    .name = "bpf_later",
};
