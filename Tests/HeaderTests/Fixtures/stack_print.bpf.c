// Printing on kernels without global data: the format is on the stack.
#define BPF_NO_GLOBAL_DATA
#include <bpf/bpf_types.h>
#include <bpf/bpf_helpers.h>

SEC("tc")
int line(struct __sk_buff *skb) {
  bpf_printk("%d", skb->len);
  return 0;
}

char _license[] SEC("license") = "GPL";
