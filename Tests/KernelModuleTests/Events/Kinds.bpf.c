// The congestion control whose operations are programs in Swift. A structure of operations is declared in C.
#include <bpf/bpf_types.h>
#include <bpf/bpf_helpers.h>

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)
struct tcp_congestion_ops {
  __u32 (*ssthresh)(void *sk);
  __u32 (*undo_cwnd)(void *sk);
  void (*cong_avoid)(void *sk, __u32 ack, __u32 acked);
  void (*init)(void *sk);
  char name[16];
};
#pragma clang attribute pop

int start(void *), threshold(void *), undo(void *), avoid(void *);

SEC(".struct_ops.link")
struct tcp_congestion_ops swift_tcp = {
    .init = (void *)start,
    .ssthresh = (void *)threshold,
    .undo_cwnd = (void *)undo,
    .cong_avoid = (void *)avoid,
    .name = "bpf_swift",
};
