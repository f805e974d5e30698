// An address from /proc/kallsyms.
#include <bpf/bpf_types.h>
#include <bpf/bpf_helpers.h>

extern const void schedule __ksym;
__u64 address;

SEC("syscall")
int find(void *ctx) {
  address = (__u64)&schedule;
  return 0;
}

char _license[] SEC("license") = "GPL";
