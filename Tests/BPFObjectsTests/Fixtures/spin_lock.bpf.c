// Values with a spin lock, in maps and in a global variable.
#include <bpf/bpf_types.h>
#include <bpf/bpf_helpers.h>

struct account {
  struct bpf_spin_lock lock;
  __u32 changes;
  __u64 balance;
};

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 16);
  __type(key, __u32);
  __type(value, struct account);
} accounts SEC(".maps");

struct bpf_spin_lock lock SEC(".data.locked");
__u64 total SEC(".data.locked");

SEC("tc")
int pay(struct __sk_buff *skb) {
  __u32 key = skb->mark;
  struct account fresh = {.balance = skb->len}, *account = bpf_map_lookup_elem(&accounts, &key);
  if (account) {
    bpf_spin_lock(&account->lock);
    account->changes++;
    account->balance += skb->len;
    bpf_spin_unlock(&account->lock);
  } else if (bpf_map_update_elem(&accounts, &key, &fresh, BPF_NOEXIST)) {
    return 1;
  }
  bpf_spin_lock(&lock);
  total += skb->len;
  bpf_spin_unlock(&lock);
  return 0;
}

char _license[] SEC("license") = "GPL";
