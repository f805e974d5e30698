// Counts system calls by process.
#include <bpf/bpf_types.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

// A process by its ID and name. The name changes when the process executes another program.
struct process {
  __u32 pid;
  char name[16];
};

struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_HASH);
  __uint(max_entries, 10240);
  __type(key, struct process);
  __type(value, __u64);
} calls SEC(".maps");

// Calls that were not counted, since the map had no space for their process.
__u64 missed;

// The required members of a kernel structure. CO-RE finds their offsets when the program is loaded.
struct task_struct {
  int tgid;
  struct task_struct *group_leader;
  char comm[16];
} __attribute__((preserve_access_index));

SEC("tp_btf/sys_enter")
int count_call(void *context) {
  struct task_struct *task = bpf_get_current_task_btf();
  struct process process = {.pid = task->tgid};
  BPF_CORE_READ_STR_INTO(&process.name, task, group_leader, comm);

  // Each CPU has its own counter, so that CPUs do not contend.
  __u64 one = 1, *counted = bpf_map_lookup_elem(&calls, &process);
  if (!counted && bpf_map_update_elem(&calls, &process, &one, BPF_NOEXIST) == 0) return 0;
  // Another CPU may have inserted the element in the meantime.
  if (!counted) counted = bpf_map_lookup_elem(&calls, &process);
  if (counted)
    *counted += 1;
  else
    __atomic_fetch_add(&missed, 1, __ATOMIC_RELAXED);
  return 0;
}

char _license[] SEC("license") = "GPL";
