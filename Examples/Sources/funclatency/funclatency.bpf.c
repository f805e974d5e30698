// Measures the latency of a function, from its first instruction to its return.
#include <bpf/bpf_types.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_histogram.h>
#include <bpf/bpf_tracing.h>

// A call in progress. The stack pointer distinguishes it from outer calls in the same thread.
struct call {
  __u64 thread;
  __u64 stack;
};

// The start times of calls, in nanoseconds.
struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 65536);
  __type(key, struct call);
  __type(value, __u64);
} calls SEC(".maps");

// A histogram of latencies in nanoseconds.
__u64 latencies[BPF_HISTOGRAM_SLOTS];

// Calls that found no space in the map.
__u64 missed;

SEC("uprobe")
int BPF_UPROBE(called) {
  struct call call = {bpf_get_current_pid_tgid(), PT_REGS_SP(ctx)};
  __u64 now = bpf_ktime_get_ns();
  if (bpf_map_update_elem(&calls, &call, &now, BPF_ANY))
    __atomic_fetch_add(&missed, 1, __ATOMIC_RELAXED);
  return 0;
}

SEC("uretprobe")
int BPF_URETPROBE(returned) {
  __u64 now = bpf_ktime_get_ns();
  struct call call = {bpf_get_current_pid_tgid(), PT_REGS_SP(ctx)};
#ifdef __TARGET_ARCH_x86
  // The return removed the return address from the stack.
  call.stack -= sizeof(void *);
#endif
  __u64 *began = bpf_map_lookup_elem(&calls, &call);
  if (!began)
    return 0;
  __atomic_fetch_add(&latencies[bpf_log2(now - *began)], 1, __ATOMIC_RELAXED);
  bpf_map_delete_elem(&calls, &call);
  return 0;
}

char _license[] SEC("license") = "GPL";
