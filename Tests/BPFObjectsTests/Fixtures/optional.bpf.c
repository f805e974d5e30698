// Programs that are loaded only on request. The verifier rejects one of them.
#include <bpf/bpf_types.h>
#include <bpf/bpf_helpers.h>

SEC("tc")
int always(struct __sk_buff *skb) { return skb->len; }

SEC("?tc")
int on_request(struct __sk_buff *skb) { return skb->len + 1; }

SEC("?tc")
int refused(struct __sk_buff *skb) {
  __u32 *nowhere = (void *)(long)skb->mark;
  return *nowhere;
}

char _license[] SEC("license") = "GPL";
