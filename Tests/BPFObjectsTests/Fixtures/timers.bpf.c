// A timer in a map value, whose callback restarts it.
#include <bpf/bpf_types.h>
#include <bpf/bpf_helpers.h>

struct watch {
  struct bpf_timer timer;
  __u64 rounds;
};

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, struct watch);
} watches SEC(".maps");

__u64 fired;
__u32 last_key;

static int fire(void *map, __u32 *key, struct watch *watch) {
  fired++;
  if (++watch->rounds < 3) bpf_timer_start(&watch->timer, 1000000, 0);
  last_key = map ? *key : -1;
  return 0;
}

SEC("tc")
int start(struct __sk_buff *skb) {
  __u32 key = 0;
  struct watch *watch = bpf_map_lookup_elem(&watches, &key);
  if (!watch) return 1;
  watch->rounds = skb->mark;
  bpf_timer_init(&watch->timer, &watches, CLOCK_MONOTONIC);
  if (bpf_timer_set_callback(&watch->timer, fire)) return 2;
  return bpf_timer_start(&watch->timer, 0, 0) ? 3 : 0;
}

SEC("tc")
int stop(struct __sk_buff *skb) {
  __u32 key = 0;
  struct watch *watch = bpf_map_lookup_elem(&watches, &key);
  return watch && skb->len ? bpf_timer_cancel(&watch->timer) : -1;
}

char _license[] SEC("license") = "GPL";
