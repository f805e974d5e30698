// Sends numbered records to 64 ring buffers, and counts for each the records without space.
#include <bpf/bpf_types.h>
#include <bpf/bpf_helpers.h>

#define RINGS 64

struct event {
  __u32 ring, unused;
  __u64 number;
};

struct ring {
  __uint(type, BPF_MAP_TYPE_RINGBUF);
  __uint(max_entries, 4096);
};

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
  __uint(max_entries, RINGS);
  __type(key, __u32);
  __array(values, struct ring);
} rings SEC(".maps");

__u64 sent[RINGS], dropped[RINGS];

SEC("syscall")
int send(__u32 *count) {
  __u32 each = *count, index, i;
  bpf_for(index, 0, RINGS) {
    if (index >= RINGS) break;
    __u32 key = index;
    void *ring = bpf_map_lookup_elem(&rings, &key);
    if (!ring) return 1;
    bpf_for(i, 0, each) {
      __u64 number = __sync_fetch_and_add(&sent[index], 1);
      struct event *event = bpf_ringbuf_reserve(ring, sizeof(*event), 0);
      if (!event) {
        __atomic_fetch_add(&dropped[index], 1, __ATOMIC_RELAXED);
        continue;
      }
      event->ring = index;
      event->number = number;
      bpf_ringbuf_submit(event, 0);
    }
  }
  return 0;
}

char _license[] SEC("license") = "GPL";
