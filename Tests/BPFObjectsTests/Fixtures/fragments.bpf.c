// An XDP program for packets with several fragments.
#include <bpf/bpf_types.h>
#include <bpf/bpf_helpers.h>

SEC("xdp.frags")
int in_pieces(struct xdp_md *ctx) { return 2; }

char _license[] SEC("license") = "GPL";
