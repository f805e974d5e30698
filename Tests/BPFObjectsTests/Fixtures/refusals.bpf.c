// Programs that the verifier rejects because of their subprograms or missing externs.
#include <bpf/bpf_types.h>
#include <bpf/bpf_helpers.h>

extern int bpf_no_such_kfunc(int number) __ksym __weak;
// The kernel's kfunc has no parameter.
extern void bpf_rcu_read_lock(long other) __ksym __weak;

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, __u64);
} absent SEC(".maps");

static __noinline long inner(long *value) {
  return *value;
}

static __noinline long middle(struct __sk_buff *skb, long *value) {
  if (skb->len > 3) value = 0;
  return inner(value) + skb->len;
}

static __noinline long harmless(struct __sk_buff *skb) {
  return skb->len;
}

SEC("?tc")
int in_subprogram(struct __sk_buff *skb) {
  long value = harmless(skb);
  return middle(skb, &value);
}

static int each(__u32 index, long *context) {
  return *(long *)context[0];
}

SEC("?tc")
int in_callback(struct __sk_buff *skb) {
  long value = skb->len;
  bpf_loop(10, each, &value, 0);
  return value;
}

__noinline long of_any(int number) {
  return inner((long *)(long)number) + 1;
}

SEC("?tc")
int in_global_function(struct __sk_buff *skb) {
  return of_any(3) + skb->len;
}

SEC("?tc")
int missing_kfunc(struct __sk_buff *skb) {
  return bpf_no_such_kfunc(3);
}

SEC("?tc")
int differing_kfunc(struct __sk_buff *skb) {
  bpf_rcu_read_lock(3);
  return 0;
}

SEC("?tc")
int missing_map(struct __sk_buff *skb) {
  __u32 key = 0;
  return bpf_map_lookup_elem(&absent, &key) != 0;
}

char _license[] SEC("license") = "GPL";
