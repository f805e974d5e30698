// Fields of kernel structures: offsets in loads, stores to the stack and numbers; sizes, existence, bit-fields; fields
// of nested structures, arrays and unions; a moved field, and a missing one.
#include <bpf/bpf_types.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)
struct list_head {
  struct list_head *next;
};
struct load_weight {
  unsigned long weight;
};
struct sched_entity {
  struct load_weight load;
};
struct task_struct {
  // The order differs from the kernel's.
  int tgid;
  char comm[16];
  int pid;
  struct task_struct *real_parent;
  struct sched_entity se;
  struct list_head children;
  unsigned sched_reset_on_fork : 1;
};
// Flavors: before Linux 5.14 the field was named state.
struct task_struct___before_5_14 {
  long state;
};
struct task_struct___since_5_14 {
  unsigned int __state;
};
struct task_struct___never {
  int no_such_field;
};
#pragma clang attribute pop

__u64 pid_offset, comm_size, se_weight_offset, children_next_offset, state_size;
int exists_pid, exists_never, is_new_state;
int pid, tgid, parent_pid;
__u64 weight, reset_on_fork, state;
char comm[16];

SEC("raw_tp/sys_enter")
int read(void *ctx) {
  struct task_struct *task = (void *)bpf_get_current_task();
  pid_offset = bpf_core_field_offset(struct task_struct, pid);
  comm_size = bpf_core_field_size(task->comm);
  se_weight_offset = bpf_core_field_offset(task->se.load.weight);
  children_next_offset = bpf_core_field_offset(task->children.next);
  exists_pid = bpf_core_field_exists(task->pid);
  exists_never = bpf_core_field_exists(struct task_struct___never, no_such_field);

  pid = BPF_CORE_READ(task, pid);
  tgid = BPF_CORE_READ(task, tgid);
  parent_pid = BPF_CORE_READ(task, real_parent, pid);
  weight = BPF_CORE_READ(task, se.load.weight);
  reset_on_fork = BPF_CORE_READ_BITFIELD_PROBED(task, sched_reset_on_fork);
  BPF_CORE_READ_STR_INTO(&comm, task, comm);

  struct task_struct___since_5_14 *fresh = (void *)task;
  struct task_struct___before_5_14 *old = (void *)task;
  // Only one of the branches is reachable. The verifier does not check the other.
  if (bpf_core_field_exists(fresh->__state)) {
    is_new_state = 1;
    state = BPF_CORE_READ(fresh, __state);
    state_size = bpf_core_field_size(fresh->__state);
  } else {
    state = BPF_CORE_READ(old, state);
    state_size = bpf_core_field_size(old->state);
  }
  return ctx == NULL;
}

SEC("tp_btf/sched_switch")
int BPF_PROG(switched, bool preempt, struct task_struct *prev, struct task_struct *next) {
  pid = next->pid;
  tgid = prev->tgid;
  reset_on_fork = BPF_CORE_READ_BITFIELD(next, sched_reset_on_fork);
  return preempt && pid == tgid;
}

char _license[] SEC("license") = "GPL";
