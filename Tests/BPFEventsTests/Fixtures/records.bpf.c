// Sends a given number of numbered records to two ring buffers, and counts the dropped ones.
// Runs on Linux 5.10.
#include <bpf/bpf_types.h>
#include <bpf/bpf_helpers.h>

#include "counting.h"

struct event {
  __u64 number;
  __u64 rest[7];
};

struct request {
  __u64 count;
  __u64 flags;
};

struct {
  __uint(type, BPF_MAP_TYPE_RINGBUF);
  __uint(max_entries, 4096);
} events SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_RINGBUF);
  __uint(max_entries, 4096);
} others SEC(".maps");

__u64 number, dropped;

static void send_one(void *ring, __u64 number_of_it, __u64 flags) {
  struct event *event = bpf_ringbuf_reserve(ring, sizeof(*event), 0);
  if (!event) {
    ADD_ONE(dropped);
    return;
  }
  event->number = number_of_it;
  for (int i = 0; i < 7; i++) event->rest[i] = number_of_it + i;
  bpf_ringbuf_submit(event, flags);
}

SEC("raw_tp/sys_enter")
int send(struct request *request) {
  __u64 count = request->count, flags = request->flags, i;
  REPEAT(i, count) send_one(&events, NEXT(number), flags);
  return 0;
}

SEC("raw_tp/sys_enter")
int send_to_both(struct request *request) {
  __u64 count = request->count, flags = request->flags, i;
  REPEAT(i, count) {
    __u64 next = NEXT(number);
    if (next & 1)
      send_one(&others, next, flags);
    else
      send_one(&events, next, flags);
  }
  return 0;
}

// Discards every third record, including the last one.
SEC("raw_tp/sys_enter")
int send_and_discard(struct request *request) {
  __u64 count = request->count, i;
  REPEAT(i, count) {
    struct event *event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);
    if (!event) {
      dropped++;
      continue;
    }
    event->number = i;
    if (i % 3 == 2)
      bpf_ringbuf_discard(event, 0);
    else
      bpf_ringbuf_submit(event, 0);
  }
  return 0;
}

SEC("raw_tp/sys_enter")
int discard(struct request *request) {
  __u64 count = request->count, flags = request->flags, i;
  REPEAT(i, count) {
    struct event *event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);
    if (event)
      bpf_ringbuf_discard(event, flags);
    else
      dropped++;
  }
  return 0;
}

// Sends records of 1, 2, 3 bytes and so on. Each byte is the record's length.
SEC("raw_tp/sys_enter")
int send_sizes(struct request *request) {
  __u64 words[MOST_AT_ONCE / 8], count = request->count, i;
  REPEAT(i, count) {
    for (int j = 0; j < MOST_AT_ONCE / 8; j++) words[j] = (i + 1) * 0x0101010101010101;
    if (bpf_ringbuf_output(&events, words, i + 1, 0)) dropped++;
  }
  return 0;
}

char _license[] SEC("license") = "GPL";
