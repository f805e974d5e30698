// A struct_ops implementation: a TCP congestion control.
#include <bpf/bpf_types.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)
struct sock;
struct tcp_sock {
  __u32 snd_cwnd, snd_ssthresh;
};
struct tcp_congestion_ops {
  __u32 (*ssthresh)(struct sock *sk);
  __u32 (*undo_cwnd)(struct sock *sk);
  void (*cong_avoid)(struct sock *sk, __u32 ack, __u32 acked);
  void (*init)(struct sock *sk);
  char name[16];
};
#pragma clang attribute pop

__u64 acknowledged;

SEC("struct_ops/start")
void BPF_PROG(start, struct sock *sk) {
  struct tcp_sock *tcp = (void *)sk;
  acknowledged = tcp->snd_cwnd;
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

SEC(".struct_ops")
struct tcp_congestion_ops fixture_tcp = {
    .init = (void *)start,
    .ssthresh = (void *)threshold,
    .undo_cwnd = (void *)undo,
    .cong_avoid = (void *)avoid,
    .name = "bpf_fixture",
};

char _license[] SEC("license") = "GPL";
