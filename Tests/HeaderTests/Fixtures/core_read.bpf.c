// All macros of <bpf/bpf_core_read.h>.
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_core_read.h>

// A pointer chain of the maximum length, and a flavor of a kernel type.
struct link {
  const struct link *const next;
  struct {
    int numbers[4];
  } inner;
  char name[8];
};

struct task_struct___older {
  long state;
} __attribute__((preserve_access_index));

struct no_such_type___here {
  int field;
} __attribute__((preserve_access_index));

__u64 result;
char text[16];

SEC("raw_tp/sched_switch")
int questions(void *ctx) {
  struct task_struct *task = (void *)bpf_get_current_task();
  result = bpf_core_field_exists(task->pid) + bpf_core_field_exists(struct task_struct, tgid);
  result += bpf_core_field_exists(((struct task_struct___older *)task)->state);
  result += bpf_core_field_size(task->comm) + bpf_core_field_size(struct task_struct, comm);
  result += bpf_core_field_offset(task->pid) + bpf_core_field_offset(struct task_struct, pid);
  result += bpf_core_type_exists(struct task_struct) + bpf_core_type_exists(struct no_such_type___here);
  result += bpf_core_type_size(struct task_struct) + bpf_core_type_matches(struct list_head);
  result += bpf_core_type_id_local(struct link) + bpf_core_type_id_kernel(struct task_struct);
  result += bpf_core_enum_value_exists(enum bpf_map_type, BPF_MAP_TYPE_HASH);
  result += bpf_core_enum_value(enum bpf_map_type, BPF_MAP_TYPE_HASH);
  return ctx != NULL;
}

SEC("raw_tp/sched_switch")
int chains(void *ctx) {
  struct task_struct *task = (void *)bpf_get_current_task();
  const struct link *link = ctx;
  pid_t pid = 0;
  unsigned long inode;

  bpf_core_read(&pid, sizeof(pid), &task->pid);
  bpf_core_read_str(text, sizeof(text), &task->comm);
  bpf_core_read_user(&pid, sizeof(pid), &task->pid);
  bpf_core_read_user_str(text, sizeof(text), &task->comm);

  result = BPF_CORE_READ(task, pid);
  result += BPF_CORE_READ(task, mm, exe_file, f_inode, i_ino);
  result += BPF_CORE_READ(task, real_parent, real_parent, real_parent, real_parent, real_parent, real_parent,
                          real_parent, real_parent, pid);
  result += BPF_CORE_READ(BPF_CORE_READ(task, real_parent), se.load.weight);
  result += BPF_CORE_READ_INTO(&inode, task, mm, exe_file, f_inode, i_ino) + inode;
  result += BPF_CORE_READ_STR_INTO(&text, task, real_parent, comm);
  result += BPF_CORE_READ_USER(task, real_parent, pid);
  result += BPF_CORE_READ_USER_INTO(&pid, task, real_parent, pid);
  result += BPF_CORE_READ_USER_STR_INTO(&text, task, real_parent, comm);

  result += BPF_PROBE_READ(link, inner.numbers[1]) + BPF_PROBE_READ(link, next, next, inner.numbers[2]);
  result += BPF_PROBE_READ(link, next, next, next, next, next, next, next, next, inner.numbers[0]);
  result += BPF_PROBE_READ(link, inner.numbers[BPF_PROBE_READ(link, inner.numbers[0]) & 3]);
  result += BPF_PROBE_READ_INTO(&pid, link, next, inner.numbers[1]);
  result += BPF_PROBE_READ_STR_INTO(&text, link, next, name);
  result += BPF_PROBE_READ_USER(link, next, inner.numbers[3]);
  result += BPF_PROBE_READ_USER_INTO(&pid, link, next, next, inner.numbers[1]);
  result += BPF_PROBE_READ_USER_STR_INTO(&text, link, next, name);
  return pid;
}

SEC("tp_btf/sched_switch")
int BPF_PROG(bit_fields, bool preempt, struct task_struct *prev, struct task_struct *next) {
  result = BPF_CORE_READ_BITFIELD(prev, sched_reset_on_fork) + BPF_CORE_READ_BITFIELD(next, pid);
  result += BPF_CORE_READ_BITFIELD_PROBED(next, sched_reset_on_fork) + BPF_CORE_READ_BITFIELD_PROBED(prev, pid);
  return preempt;
}

SEC("raw_tp/sched_switch")
int cast(void *ctx) {
  struct task_struct *task = bpf_core_cast((void *)bpf_get_current_task(), struct task_struct);
  return task->pid + (ctx != NULL);
}

char _license[] SEC("license") = "GPL";
