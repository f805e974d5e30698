// Uses everything that loading looks up in the kernel: options, kfuncs and types.
#include <bpf/bpf_types.h>
#include <bpf/bpf_helpers.h>

extern int LINUX_KERNEL_VERSION __kconfig;
extern unsigned long CONFIG_HZ __kconfig;
extern void bpf_rcu_read_lock(void) __ksym;
extern void bpf_rcu_read_unlock(void) __ksym;

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)
struct task_struct {
  int tgid;
};
#pragma clang attribute pop

__u64 hz, version, process;

SEC("syscall")
int look(void *ctx) {
  struct task_struct *task = (void *)bpf_get_current_task_btf();
  bpf_rcu_read_lock();
  process = task->tgid;
  bpf_rcu_read_unlock();
  hz = CONFIG_HZ;
  version = LINUX_KERNEL_VERSION;
  return 0;
}

char _license[] SEC("license") = "GPL";
