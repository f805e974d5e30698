// Sends numbered records to 64 ring buffers, and counts each ring's dropped records.
#include <bpf/bpf_types.h>
#include <bpf/bpf_helpers.h>

#include "counting.h"

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

struct request {
  __u64 ring, count;
};

SEC("raw_tp/sys_enter")
int send(struct request *request) {
  __u64 count = request->count, index = request->ring & (RINGS - 1), i;
  __u32 key = index;
  void *ring = bpf_map_lookup_elem(&rings, &key);
  if (!ring) return 1;
  REPEAT(i, count) {
    __u64 number = NEXT(sent[index]);
    struct event *event = bpf_ringbuf_reserve(ring, sizeof(*event), 0);
    if (!event) {
      ADD_ONE(dropped[index]);
      continue;
    }
    event->ring = index;
    event->number = number;
    bpf_ringbuf_submit(event, 0);
  }
  return 0;
}

char _license[] SEC("license") = "GPL";
