// The kernel's interface of TCP congestion controls, with the members that the fixtures implement.
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

char _license[] SEC("license") = "GPL";
