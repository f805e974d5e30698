// Programs of two types that share functions with CO-RE relocations. The last two read a field missing in every kernel.
struct task_struct {
  int pid;
  int no_such_field;
} __attribute__((preserve_access_index));

static struct task_struct *(*current)(void) = (void *)35;
static long (*read_kernel)(void *, unsigned int, const void *) = (void *)113;

static __attribute__((noinline)) long ask(void) {
  struct task_struct *task = current();
  int pid = 0;
  read_kernel(&pid, sizeof pid, &task->pid);
  return __builtin_preserve_field_info(task->pid, 0) + (pid < 0);
}

static __attribute__((noinline)) long ask_in_vain(void) {
  struct task_struct *task = current();
  int value = 0;
  read_kernel(&value, sizeof value, &task->no_such_field);
  return value;
}

__attribute__((section("raw_tracepoint/sched_switch"), used)) int in_tracepoint(void *context) { return ask(); }

__attribute__((section("tc"), used)) int in_classifier(void *context) {
  // Shifts the function, so that its instructions have other numbers.
  return ask() * 2 + 1;
}

__attribute__((section("raw_tracepoint/sched_switch"), used)) int tracepoint_in_vain(void *context) {
  return ask_in_vain();
}

__attribute__((section("tc"), used)) int classifier_in_vain(void *context) { return ask_in_vain() * 2 + 1; }

char _license[] __attribute__((section("license"), used)) = "GPL";
