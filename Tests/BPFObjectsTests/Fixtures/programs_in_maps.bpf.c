// Programs to put into maps: for tail calls, and for redirected packets.
#include <bpf/bpf_types.h>
#include <bpf/bpf_helpers.h>

struct {
  __uint(type, BPF_MAP_TYPE_PROG_ARRAY);
  __uint(max_entries, 4);
  __type(key, __u32);
  __type(value, __u32);
} calls SEC(".maps");

SEC("tc")
int jump(struct __sk_buff *skb) {
  bpf_tail_call_static(skb, &calls, 2);
  return 1;
}

SEC("tc")
int seven(struct __sk_buff *skb) { return 7; }

SEC("xdp/devmap")
int to_device(struct xdp_md *context) { return XDP_PASS; }

SEC("xdp/cpumap")
int to_cpu(struct xdp_md *context) { return XDP_PASS; }

char _license[] SEC("license") = "GPL";
