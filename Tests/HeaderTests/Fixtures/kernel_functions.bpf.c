// Kfuncs as declared by the kernel's header: CPU masks, tasks, dynptrs, iterators. The program also declares two of
// them itself, as programs written for headers without kfuncs do.
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

extern void bpf_rcu_read_lock(void) __ksym;
extern struct task_struct *bpf_task_from_pid(s32 pid) __ksym __weak;

int first_cpu = -1, pid = -1, task_count, number_sum;
u32 dynptr_size;
char bytes[16];

SEC("syscall")
int masks(void *ctx) {
  struct bpf_cpumask *mask = bpf_cpumask_create();
  if (!mask) return 1;
  bpf_cpumask_set_cpu(1, mask);
  first_cpu = bpf_cpumask_first((const struct cpumask *)mask);
  bpf_cpumask_release(mask);
  return ctx == NULL;
}

SEC("syscall")
int tasks(void *ctx) {
  struct task_struct *task = bpf_task_from_pid((s32)bpf_get_current_pid_tgid()), *each;
  if (!task) return 1;
  pid = task->pid;
  bpf_task_release(task);
  bpf_rcu_read_lock();
  bpf_for_each(task, each, NULL, BPF_TASK_ITER_ALL_PROCS) {
    // A read-only cast of the pointer, by the kfunc that preserves its argument registers.
    if (bpf_core_cast(each, struct task_struct)->pid > 0) task_count++;
  }
  bpf_rcu_read_unlock();
  return ctx == NULL;
}

SEC("syscall")
int numbers(void *ctx) {
  int i;
  bpf_for(i, 0, 5) number_sum += i;
  bpf_repeat(3) number_sum++;
  return ctx == NULL;
}

SEC("tc")
int dynptrs(struct __sk_buff *skb) {
  struct bpf_dynptr packet;
  char copy[14];
  if (bpf_dynptr_from_skb(skb, 0, &packet)) return 1;
  dynptr_size = bpf_dynptr_size(&packet);
  char *head = bpf_dynptr_slice(&packet, 0, copy, sizeof(copy));
  if (!head) return 2;
  bytes[0] = head[0];
  return 0;
}

SEC("syscall")
int is_there(void *ctx) {
  return ctx && bpf_ksym_exists(bpf_cpumask_create);
}

char _license[] SEC("license") = "GPL";
