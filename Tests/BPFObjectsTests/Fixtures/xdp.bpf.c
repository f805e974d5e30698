// Inspects a frame, counts it by protocol, and modifies it.
#include <bpf/bpf_types.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

struct ethernet {
  __u8 destination[ETH_ALEN], source[ETH_ALEN];
  __be16 protocol;
} __attribute__((packed));

struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
  __uint(max_entries, 256);
  __type(key, __u32);
  __type(value, __u64);
} by_protocol SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_DEVMAP);
  __uint(max_entries, 4);
  __type(key, __u32);
  __type(value, struct bpf_devmap_val);
} devices SEC(".maps");

SEC("xdp")
int look(struct xdp_md *ctx) {
  void *end = (void *)(long)ctx->data_end;
  struct ethernet *ethernet = (void *)(long)ctx->data;
  if ((void *)(ethernet + 1) > end) return XDP_ABORTED;
  if (ethernet->protocol != bpf_htons(ETH_P_IP)) return XDP_PASS;
  __u8 *ip = (void *)(ethernet + 1);
  if ((void *)(ip + 20) > end) return XDP_DROP;
  __u32 protocol = ip[9];
  __u64 *count = bpf_map_lookup_elem(&by_protocol, &protocol);
  if (count) ++*count;
  if (protocol == 17) {
    ethernet->source[0] = 2;
    return XDP_TX;
  }
  return protocol == 1 ? bpf_redirect_map(&devices, 0, XDP_PASS) : XDP_PASS;
}

char _license[] SEC("license") = "GPL";
