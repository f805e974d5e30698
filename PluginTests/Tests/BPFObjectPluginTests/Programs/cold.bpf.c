// Rarely executed code, which the toolchain's clang outlines into an invalid object unless the plugin's options forbid
// it.
#include <bpf/bpf_types.h>
#include <bpf/bpf_contexts.h>
#include <bpf/bpf_helpers.h>

SEC("tc")
int rarely(struct __sk_buff *packet) {
  if (__builtin_expect(packet->len > 100000, 0)) {
    bpf_printk("length %d", packet->len);
    bpf_printk("mark %d", packet->mark);
    bpf_printk("hash %d", packet->hash);
    return 1;
  }
  return 0;
}

char _license[] SEC("license") = "GPL";
