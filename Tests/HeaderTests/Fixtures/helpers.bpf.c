// All of <bpf/bpf_helpers.h> except printing, compiled with and without the kernel's types.
#ifdef WITH_VMLINUX
#include "vmlinux.h"
#else
#include <bpf/bpf_types.h>
#endif
#include <bpf/bpf_helpers.h>

struct counter {
  __u64 packets;
  struct bpf_spin_lock lock;
};

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 64);
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __uint(pinning, LIBBPF_PIN_NONE);
  __type(key, __u32);
  __type(value, struct counter);
} counters SEC(".maps");

int tail(struct __sk_buff *skb);

struct {
  __uint(type, BPF_MAP_TYPE_PROG_ARRAY);
  __uint(max_entries, 2);
  __type(key, __u32);
  __array(values, int(void *));
} programs SEC(".maps") = {.values = {[1] = (void *)&tail}};

enum libbpf_pin_type pin_by_name = LIBBPF_PIN_BY_NAME;

extern int LINUX_KERNEL_VERSION __kconfig;
extern enum libbpf_tristate CONFIG_BPF_SYSCALL __kconfig __weak;
extern void bpf_rcu_read_lock(void) __ksym __weak;
extern void bpf_rcu_read_unlock(void) __ksym __weak;
extern const int bpf_prog_active __ksym __weak;

struct with_pointers {
  struct task_struct __kptr *task;
  struct task_struct __kptr_untrusted *seen;
  struct task_struct __percpu_kptr *here;
  struct counter __uptr *shared;
};

struct pair {
  int first, second;
};

__noinline int weighed(struct __sk_buff *skb __arg_ctx, int weight) {
  return skb->len * weight;
}

__weak int sum(struct pair *pair __arg_nonnull) { return pair->first + pair->second; }

// Pointers to plain memory may be null unless annotated.
__weak int sum_if_any(struct pair *pair) { return pair ? pair->first : 0; }

__weak int pid_of(struct task_struct *task __arg_trusted __arg_nullable) { return task != NULL; }

__weak int pid_if_readable(struct task_struct *task __arg_untrusted) { return task != NULL; }

__weak int in_arena(void *page __arg_arena) { return page != NULL; }

__hidden int doubled(int x) { return 2 * x; }

static __always_inline int is_old(void) { return LINUX_KERNEL_VERSION < KERNEL_VERSION(5, 10, 0); }

SEC("tc")
int tail(struct __sk_buff *skb) {
  bpf_tail_call_static(skb, &programs, 0);
  return skb->len;
}

SEC("tc")
int count(struct __sk_buff *skb) {
  __u32 key = skb->ifindex;
  struct counter *found = bpf_map_lookup_elem(&counters, &key), fresh = {.packets = 1};
  if (unlikely(!found)) return bpf_map_update_elem(&counters, &key, &fresh, BPF_NOEXIST);
  bpf_spin_lock(&found->lock);
  found->packets++;
  bpf_spin_unlock(&found->lock);
  barrier();
  if (likely(skb->len > 4)) bpf_tail_call(skb, &programs, 1);
  return 0;
}

SEC("tc")
int loops(struct __sk_buff *skb) {
  struct pair pair = {.first = 1, .second = 2};
  int i, total = 0, *next;
  bpf_for(i, 0, 10) {
    if (i == 5) continue;
    total += i;
  }
  bpf_repeat(3) {
    int j;
    bpf_for(j, i, 100) if (j > 50) break;
    total++;
  }
  bpf_for_each(num, next, 2, 7) total += *next;
  barrier_var(total);
  total += weighed(skb, 3) + sum(&pair) + sum_if_any(&pair) + doubled(1) + is_old();
  total += container_of(&pair.second, struct pair, second)->first + offsetof(struct pair, second);
  if (total == 4711 && CONFIG_BPF_SYSCALL == TRI_NO) __bpf_unreachable();
  return total;
}

SEC("?tc")
int symbols(struct __sk_buff *skb) {
  int known = bpf_ksym_exists(bpf_rcu_read_lock) && bpf_ksym_exists(bpf_rcu_read_unlock);
  if (known) {
    bpf_rcu_read_lock();
    bpf_rcu_read_unlock();
  }
  return known + bpf_ksym_exists(bpf_prog_active) + skb->len + sizeof(struct with_pointers);
}

char _license[] SEC("license") = "GPL";
