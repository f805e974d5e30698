// Tail calls through a program array with initial programs and an empty slot.
#include <bpf/bpf_types.h>
#include <bpf/bpf_helpers.h>

int even(struct __sk_buff *skb);
int odd(struct __sk_buff *skb);

struct {
  __uint(type, BPF_MAP_TYPE_PROG_ARRAY);
  __uint(max_entries, 4);
  __uint(key_size, sizeof(__u32));
  __array(values, int(void *));
} steps SEC(".maps") = {
    .values =
        {
            [0] = (void *)&even,
            [2] = (void *)&odd,
        },
};

int last;

SEC("tc")
int even(struct __sk_buff *skb) {
  last = 2;
  return skb->len;
}

SEC("tc")
int odd(struct __sk_buff *skb) {
  last = 1;
  bpf_tail_call_static(skb, &steps, 0);
  return 0;
}

SEC("tc")
int start(struct __sk_buff *skb) {
  bpf_tail_call(skb, &steps, skb->mark);
  last = -1;
  return 0;
}

char _license[] SEC("license") = "GPL";
