// What loading asks the kernel: its options, symbols, functions and types; and variables, and maps with types.
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

struct hit {
  __u64 count;
  __u32 process;
};

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 16);
  __type(key, __u32);
  __type(value, struct hit);
} hits SEC(".maps");

const volatile __u64 step;
__u64 total, hz, version;

SEC("syscall")
int count(void *ctx) {
  struct task_struct *task = (void *)bpf_get_current_task_btf();
  __u32 key = 1;
  bpf_rcu_read_lock();
  struct hit hit = {.count = step, .process = task->tgid};
  bpf_rcu_read_unlock();
  bpf_map_update_elem(&hits, &key, &hit, BPF_ANY);
  total += step;
  hz = CONFIG_HZ;
  version = LINUX_KERNEL_VERSION;
  return 0;
}

char _license[] SEC("license") = "GPL";
