// Reports each program that is executed, with its arguments.
#include <bpf/bpf_types.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

enum { ARGUMENTS_SIZE = 1024 };

struct event {
  __u32 pid, parent;
  char name[16];
  __u32 size, read;                // bytes of all arguments, and how many of them are here
  char arguments[ARGUMENTS_SIZE];  // one after the other, each with a 0 behind it
};
// No map is of this type. It is in the object all the same, if something mentions it.
struct event *unused_event __attribute__((unused));

struct {
  __uint(type, BPF_MAP_TYPE_RINGBUF);
  __uint(max_entries, 1024 * 1024);
} events SEC(".maps");

// How many were not reported, as there was no room.
__u64 dropped;

// Of the kernel's own structures what is needed here. Where it lies there is found out when the program is loaded.
struct mm_struct {
  unsigned long arg_start, arg_end;
} __attribute__((preserve_access_index));

struct task_struct {
  int tgid;
  struct task_struct *real_parent;
  struct mm_struct *mm;
  char comm[16];
} __attribute__((preserve_access_index));

SEC("tp_btf/sched_process_exec")
int BPF_PROG(executed, struct task_struct *task) {
  struct event *event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);
  if (!event) {
    __atomic_fetch_add(&dropped, 1, __ATOMIC_RELAXED);
    return 0;
  }
  event->pid = task->tgid;
  event->parent = task->real_parent->tgid;
  bpf_get_current_comm(event->name, sizeof(event->name));

  // The arguments lie in the memory of the new program, where it finds them.
  __u64 start = task->mm->arg_start, size = task->mm->arg_end - start;
  event->size = size;
  if (size > ARGUMENTS_SIZE) size = ARGUMENTS_SIZE;
  event->read = bpf_probe_read_user(event->arguments, size, (void *)start) == 0 ? size : 0;
  bpf_ringbuf_submit(event, 0);
  return 0;
}

char _license[] SEC("license") = "GPL";
