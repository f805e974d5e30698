// Sends records to two ring buffers: as many as it is told to, numbered, and counts those for which there was no room.
#include <bpf/bpf_types.h>
#include <bpf/bpf_helpers.h>

struct event {
  __u64 number;
  __u64 rest[7];
};

struct request {
  __u32 count;
  __u32 flags;
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
    __sync_fetch_and_add(&dropped, 1);
    return;
  }
  event->number = number_of_it;
  for (int i = 0; i < 7; i++) event->rest[i] = number_of_it + i;
  bpf_ringbuf_submit(event, flags);
}

SEC("syscall")
int send(struct request *request) {
  __u32 count = request->count, i;
  bpf_for(i, 0, count) send_one(&events, __sync_fetch_and_add(&number, 1), request->flags);
  return 0;
}

SEC("syscall")
int send_to_both(struct request *request) {
  __u32 count = request->count, i;
  bpf_for(i, 0, count) {
    __u64 next = __sync_fetch_and_add(&number, 1);
    if (next & 1)
      send_one(&others, next, request->flags);
    else
      send_one(&events, next, request->flags);
  }
  return 0;
}

// Every third record is discarded, also the last of three.
SEC("syscall")
int send_and_discard(struct request *request) {
  __u32 count = request->count, i;
  bpf_for(i, 0, count) {
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

SEC("syscall")
int discard(struct request *request) {
  __u32 count = request->count, i;
  bpf_for(i, 0, count) {
    struct event *event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);
    if (event)
      bpf_ringbuf_discard(event, request->flags);
    else
      dropped++;
  }
  return 0;
}

// Records of 1, 2, 3 bytes and so on, each byte of which is the record's length.
SEC("syscall")
int send_sizes(struct request *request) {
  char bytes[128];
  __u32 count = request->count, i;
  bpf_for(i, 0, count) {
    __u32 size = (i & 127) + 1, j;
    bpf_for(j, 0, size) if (j < sizeof(bytes)) bytes[j] = size;
    if (size > sizeof(bytes)) continue;
    if (bpf_ringbuf_output(&events, bytes, size, 0)) dropped++;
  }
  return 0;
}

char _license[] SEC("license") = "GPL";
