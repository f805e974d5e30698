// Kfuncs: a CPU mask is created, used and released; an RCU section.
#include <bpf/bpf_types.h>
#include <bpf/bpf_helpers.h>

// Defined as in the kernel: a forward declaration has another BTF kind.
struct cpumask {};
struct bpf_cpumask {};

extern struct bpf_cpumask *bpf_cpumask_create(void) __ksym;
extern void bpf_cpumask_release(struct bpf_cpumask *cpumask) __ksym;
extern void bpf_cpumask_set_cpu(__u32 cpu, struct bpf_cpumask *cpumask) __ksym;
extern __u32 bpf_cpumask_first(const struct cpumask *cpumask) __ksym;
extern void bpf_rcu_read_lock(void) __ksym;
extern void bpf_rcu_read_unlock(void) __ksym;

int first_cpu = -1;

SEC("syscall")
int masks(void *ctx) {
  struct bpf_cpumask *mask = bpf_cpumask_create();
  if (!mask) return 1;
  bpf_cpumask_set_cpu(1, mask);
  first_cpu = bpf_cpumask_first((const struct cpumask *)mask);
  bpf_cpumask_release(mask);
  return ctx == NULL;
}

SEC("tc")
int locked(struct __sk_buff *skb) {
  bpf_rcu_read_lock();
  int length = skb->len;
  bpf_rcu_read_unlock();
  return length;
}

char _license[] SEC("license") = "GPL";
