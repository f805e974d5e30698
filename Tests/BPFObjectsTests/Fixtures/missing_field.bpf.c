// A program that reads a field missing in every kernel.
struct task_struct {
  int pid;
  int no_such_field;
} __attribute__((preserve_access_index));

static struct task_struct *(*current)(void) = (void *)158;

__attribute__((section("raw_tracepoint/sched_switch"), used)) int missing_field(void *context) {
  struct task_struct *task = current();
  return task->no_such_field;
}

char _license[] __attribute__((section("license"), used)) = "GPL";
