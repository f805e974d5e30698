// Measures how long tasks wait for a processor: from when they become runnable, woken or preempted, until they run.
#include <bpf/bpf_types.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_histogram.h>
#include <bpf/bpf_tracing.h>

#define TASK_RUNNING 0

// The required members of a task. CO-RE finds their offsets when the program is loaded.
struct task_struct {
  int pid;
  unsigned int __state;
} __attribute__((preserve_access_index));

// The time since which each thread waits, in nanoseconds, by thread ID.
struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 65536);
  __type(key, int);
  __type(value, __u64);
} waiting SEC(".maps");

// A histogram of waits in microseconds.
__u64 latencies[BPF_HISTOGRAM_SLOTS];

// Waits that found no space in the map.
__u64 missed;

static int wait(struct task_struct *task) {
  int thread = task->pid;
  __u64 now = bpf_ktime_get_ns();
  // Thread 0 is the processor's idle task.
  if (thread != 0 && bpf_map_update_elem(&waiting, &thread, &now, BPF_ANY))
    __atomic_fetch_add(&missed, 1, __ATOMIC_RELAXED);
  return 0;
}

SEC("tp_btf/sched_wakeup")
int BPF_PROG(woken, struct task_struct *task) { return wait(task); }

SEC("tp_btf/sched_wakeup_new")
int BPF_PROG(begun, struct task_struct *task) { return wait(task); }

SEC("tp_btf/sched_switch")
int BPF_PROG(switched, bool preempted, struct task_struct *previous, struct task_struct *next) {
  if (previous->__state == TASK_RUNNING)
    wait(previous);
  int thread = next->pid;
  __u64 *since = bpf_map_lookup_elem(&waiting, &thread);
  if (!since)
    return 0;
  __u64 began = *since;
  __atomic_fetch_add(&latencies[bpf_log2((bpf_ktime_get_ns() - began) / 1000)], 1, __ATOMIC_RELAXED);
  bpf_map_delete_elem(&waiting, &thread);
  return 0;
}

char _license[] SEC("license") = "GPL";
