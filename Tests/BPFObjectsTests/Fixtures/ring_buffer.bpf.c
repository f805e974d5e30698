// Ring buffer records: reserved, copied, and with a dynamic size; and records from user space.
#include <bpf/bpf_types.h>
#include <bpf/bpf_helpers.h>

struct event {
  __u64 number;
  __u32 length;
  char name[12];
};

struct {
  __uint(type, BPF_MAP_TYPE_RINGBUF);
  __uint(max_entries, 4096 * 4);
} events SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_USER_RINGBUF);
  __uint(max_entries, 4096);
} requests SEC(".maps");

__u64 number, dropped, requested;

static long take(struct bpf_dynptr *request, void *context) {
  __u32 value = 0;
  if (bpf_dynptr_read(&value, sizeof(value), request, 0, 0) == 0) requested += value;
  return context != NULL;
}

SEC("tc")
int send(struct __sk_buff *skb) {
  struct event *reserved = bpf_ringbuf_reserve(&events, sizeof(*reserved), 0), copied = {.length = skb->len};
  if (!reserved) {
    dropped++;
    return 1;
  }
  *reserved = (struct event){.number = number++, .length = skb->len, .name = "reserved"};
  bpf_ringbuf_submit(reserved, 0);

  copied.number = number++;
  if (bpf_ringbuf_output(&events, &copied, sizeof(copied), BPF_RB_FORCE_WAKEUP)) dropped++;

  struct bpf_dynptr late;
  if (bpf_ringbuf_reserve_dynptr(&events, 8 + (skb->len & 31), 0, &late) == 0 &&
      bpf_dynptr_write(&late, 0, &number, sizeof(number), 0) == 0)
    bpf_ringbuf_submit_dynptr(&late, 0);
  else
    bpf_ringbuf_discard_dynptr(&late, 0);
  return 0;
}

SEC("syscall")
int receive(void *ctx) { return bpf_user_ringbuf_drain(&requests, take, NULL, 0) < 0 || ctx == NULL; }

char _license[] SEC("license") = "GPL";
