// Sends records to a ring buffer from every hook, and counts by hook the records begun and those without space.
#include <bpf/bpf_types.h>
#include <bpf/bpf_helpers.h>

enum hook {
  HOOK_TRACEPOINT, HOOK_RAW_TRACEPOINT, HOOK_TYPED_TRACEPOINT, HOOK_CLOCK, HOOK_PROBE, HOOK_RETURN, HOOK_XDP, HOOK_TRAFFIC,
  HOOK_RUN, HOOKS = 16,
};

struct event {
  enum hook hook;
  __u32 unused;
  __u64 number;
};

struct {
  __uint(type, BPF_MAP_TYPE_RINGBUF);
  __uint(max_entries, 32768);
} events SEC(".maps");

// Records begun, without space, and discarded, and the sum of the numbers of submitted records.
__u64 begun[HOOKS], dropped[HOOKS], discarded[HOOKS], sum[HOOKS];

const volatile int process;

static __always_inline int send(enum hook hook) {
  __u64 number = __sync_fetch_and_add(&begun[hook], 1);
  struct event *event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);
  if (!event) {
    __atomic_fetch_add(&dropped[hook], 1, __ATOMIC_RELAXED);
    return 0;
  }
  event->hook = hook;
  event->unused = 0;
  event->number = number;
  if (number % 5 == 4) {
    bpf_ringbuf_discard(event, 0);
    __atomic_fetch_add(&discarded[hook], 1, __ATOMIC_RELAXED);
  } else {
    __atomic_fetch_add(&sum[hook], number, __ATOMIC_RELAXED);
    bpf_ringbuf_submit(event, 0);
  }
  return 0;
}

static __always_inline int is_ours(void) { return (int)(bpf_get_current_pid_tgid() >> 32) == process; }

#define GETPPID 110

SEC("tp/syscalls/sys_enter_getppid")
int on_tracepoint(void *context) { return is_ours() ? send(HOOK_TRACEPOINT) : 0; }

SEC("raw_tp/sys_enter")
int on_raw_tracepoint(__u64 *context) { return context[1] == GETPPID && is_ours() ? send(HOOK_RAW_TRACEPOINT) : 0; }

SEC("tp_btf/sys_enter")
int on_typed_tracepoint(__u64 *context) { return context[1] == GETPPID && is_ours() ? send(HOOK_TYPED_TRACEPOINT) : 0; }

SEC("perf_event")
int on_clock(void *context) { return send(HOOK_CLOCK); }

SEC("uprobe")
int on_probe(void *context) { return send(HOOK_PROBE); }

SEC("uretprobe")
int on_return(void *context) { return send(HOOK_RETURN); }

// Each network program exists twice, so that a link can be updated from one to the other.
SEC("xdp")
int on_xdp(void *context) {
  send(HOOK_XDP);
  return 2;  // XDP_PASS
}

SEC("xdp")
int on_xdp_too(void *context) {
  send(HOOK_XDP);
  return 2;
}

SEC("tc")
int on_traffic(void *context) {
  send(HOOK_TRAFFIC);
  return -1;  // TCX_NEXT
}

SEC("tc")
int on_traffic_too(void *context) {
  send(HOOK_TRAFFIC);
  return -1;
}

SEC("syscall")
int run(__u32 *count) {
  __u32 i, all = *count;
  bpf_for(i, 0, all) send(HOOK_RUN);
  return 0;
}

char _license[] SEC("license") = "GPL";
