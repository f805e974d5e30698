// A TCP congestion control, with and without a link, that counts the connections that start with it.
#include "congestion.h"

__u64 connections, acknowledged;

SEC("struct_ops/start")
void BPF_PROG(start, struct sock *sk) {
  connections++;
}

SEC("struct_ops/threshold")
__u32 BPF_PROG(threshold, struct sock *sk) {
  struct tcp_sock *tcp = (void *)sk;
  return tcp->snd_cwnd / 2 > 2 ? tcp->snd_cwnd / 2 : 2;
}

SEC("struct_ops/undo")
__u32 BPF_PROG(undo, struct sock *sk) { return ((struct tcp_sock *)sk)->snd_cwnd; }

SEC("struct_ops/avoid")
void BPF_PROG(avoid, struct sock *sk, __u32 ack, __u32 acked) {
  if (sk) acknowledged = ack + acked;
}

SEC(".struct_ops.link")
struct tcp_congestion_ops fixture_tcp = {
    .init = (void *)start,
    .ssthresh = (void *)threshold,
    .undo_cwnd = (void *)undo,
    .cong_avoid = (void *)avoid,
    .name = "bpf_links",
};

SEC(".struct_ops")
struct tcp_congestion_ops fixture_plain = {
    .init = (void *)start,
    .ssthresh = (void *)threshold,
    .undo_cwnd = (void *)undo,
    .cong_avoid = (void *)avoid,
    .name = "bpf_plain",
};
