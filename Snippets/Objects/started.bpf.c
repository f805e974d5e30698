#include <bpf/bpf_types.h>
#include <bpf/bpf_helpers.h>

struct event {
  __u32 pid;
  char name[16];
};

struct {
  __uint(type, BPF_MAP_TYPE_RINGBUF);
  __uint(max_entries, 256 * 1024);
} events SEC(".maps");

__u64 dropped;

SEC("tracepoint/sched/sched_process_exec")
int started(void *context) {
  struct event *event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);
  if (!event) {
    __atomic_fetch_add(&dropped, 1, __ATOMIC_RELAXED);
    return 0;
  }
  event->pid = bpf_get_current_pid_tgid() >> 32;
  bpf_get_current_comm(event->name, sizeof(event->name));
  bpf_ringbuf_submit(event, 0);
  return 0;
}

char _license[] SEC("license") = "GPL";
