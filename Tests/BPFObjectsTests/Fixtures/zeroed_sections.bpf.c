// Zero-initialized variables in custom sections.
#include <bpf/bpf_types.h>
#include <bpf/bpf_helpers.h>

__u64 plain;
__u64 named[8] SEC(".bss.named");

SEC("tc")
int count(struct __sk_buff *skb) {
  plain++;
  return ++named[skb->len & 7];
}

char _license[] SEC("license") = "GPL";
