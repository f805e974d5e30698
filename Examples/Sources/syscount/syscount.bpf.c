// Counts system calls, by the process that makes them.
#include <bpf/bpf_types.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

// A process by its number, and by its name, as it gets another one when it executes another program.
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

// How many calls were not counted, as there was no room for their process.
__u64 missed;

// Of the kernel's own structure what is needed here. Where it lies there is found out when the program is loaded.
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

  // Each CPU has a number of its own: none of them waits for another.
  __u64 one = 1, *counted = bpf_map_lookup_elem(&calls, &process);
  if (!counted && bpf_map_update_elem(&calls, &process, &one, BPF_NOEXIST) == 0) return 0;
  // Another CPU may have made room for it meanwhile.
  if (!counted) counted = bpf_map_lookup_elem(&calls, &process);
  if (counted)
    *counted += 1;
  else
    __atomic_fetch_add(&missed, 1, __ATOMIC_RELAXED);
  return 0;
}

char _license[] SEC("license") = "GPL";
