// Programs that count calls of functions.
#include <bpf/bpf_types.h>
#include <bpf/bpf_helpers.h>

__u64 calls;

#define COUNTER(section, name)                       \
  SEC(section) int name(void *ctx) {                 \
    __atomic_fetch_add(&calls, 1, __ATOMIC_RELAXED); \
    return 0;                                        \
  }

COUNTER("uprobe", on_call)
COUNTER("uretprobe/libc.so.6:getsid", on_return)
COUNTER("uprobe.multi", on_many)
COUNTER("kprobe", on_kernel)
COUNTER("kprobe.multi", on_many_kernel)

char _license[] SEC("license") = "GPL";
