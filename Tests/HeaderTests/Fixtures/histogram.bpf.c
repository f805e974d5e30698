// Counts the number after a packet's header in its slot, and returns the slot.
#include <bpf/bpf_types.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_histogram.h>

__u64 slots[BPF_HISTOGRAM_SLOTS];

SEC("tc")
int count(struct __sk_buff *skb) {
  __u64 value;
  if (bpf_skb_load_bytes(skb, 14, &value, sizeof(value)))
    return -1;
  __u32 slot = bpf_log2(value);
  __atomic_fetch_add(&slots[slot], 1, __ATOMIC_RELAXED);
  return slot;
}

char _license[] SEC("license") = "GPL";
