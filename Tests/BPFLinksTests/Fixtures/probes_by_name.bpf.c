// Programs whose sections specify their targets. Each counts the events of one process. LIBRARY is the path of
// probed.c's library.
#include <bpf/bpf_types.h>
#include <bpf/bpf_helpers.h>

volatile const int process;
__u64 hits[10];

#define COUNTER(section, name, index)                                       \
  SEC(section) int name(void *ctx) {                                        \
    if ((int)(bpf_get_current_pid_tgid() >> 32) == process) hits[index] += 1; \
    return 0;                                                               \
  }

COUNTER("uprobe/" LIBRARY ":probed_sum", on_sum, 0)
COUNTER("uretprobe/" LIBRARY ":probed_sum", on_sum_return, 1)
COUNTER("uprobe.s/libc.so.6:getsid+0x0", on_libc, 2)
COUNTER("uprobe.multi/" LIBRARY ":probed_s*m", on_pattern, 3)
COUNTER("uretprobe.multi/" LIBRARY ":probed_sum", on_pattern_return, 4)
COUNTER("uprobe.session/" LIBRARY ":probed_sum", on_session, 5)
COUNTER("uprobe", on_nothing, 9)
COUNTER("usdt", on_no_static_probe, 9)

#ifdef DAMAGED
COUNTER("uprobe/" LIBRARY, on_no_function, 9)
COUNTER("usdt/" LIBRARY ":probed", on_no_name, 9)
COUNTER("uprobe/:probed_sum", on_no_file, 9)
COUNTER("kprobe/do_nanosleep", on_kernel, 9)
COUNTER("ksyscall/getppid", on_system_call, 9)
COUNTER("kprobe.multi/do_nanosl*p", on_many_kernel, 9)
#endif

char _license[] SEC("license") = "GPL";
