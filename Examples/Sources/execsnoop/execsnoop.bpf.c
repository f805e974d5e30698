// Sends an event with the arguments of each executed program.
#include <bpf/bpf_types.h>
#include <bpf/bpf_export.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

enum { ARGUMENTS_SIZE = 1024 };

struct event {
  __u32 pid, parent;
  char name[16];
  __u32 size, read;                // size of all arguments, and of those included here
  char arguments[ARGUMENTS_SIZE];  // consecutive strings, each terminated by 0
};
// No map has this type. The macro keeps it in the object's BTF, and so the plugin generates Swift for it.
BPF_EXPORT_TYPE(struct event);

struct {
  __uint(type, BPF_MAP_TYPE_RINGBUF);
  __uint(max_entries, 1024 * 1024);
} events SEC(".maps");

// Events that found no space in the ring buffer.
__u64 dropped;

// The required members of kernel structures. CO-RE finds their offsets when the program is loaded.
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

  // The arguments are in the memory of the new program.
  __u64 start = task->mm->arg_start, size = task->mm->arg_end - start;
  event->size = size;
  if (size > ARGUMENTS_SIZE) size = ARGUMENTS_SIZE;
  event->read = bpf_probe_read_user(event->arguments, size, (void *)start) == 0 ? size : 0;
  bpf_ringbuf_submit(event, 0);
  return 0;
}

char _license[] SEC("license") = "GPL";
