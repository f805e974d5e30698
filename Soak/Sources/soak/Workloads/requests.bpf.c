// Drains records from user space, and adds up their count, numbers and sizes. Also prints to the trace.
#include <bpf/bpf_types.h>
#include <bpf/bpf_helpers.h>

struct {
  __uint(type, BPF_MAP_TYPE_USER_RINGBUF);
  __uint(max_entries, 8192);
} requests SEC(".maps");

extern __u32 bpf_dynptr_size(const struct bpf_dynptr *p) __ksym;

__u64 taken, sum, bytes;

static long take(struct bpf_dynptr *request, void *context) {
  __u64 number = 0;
  if (bpf_dynptr_read(&number, sizeof(number), request, 0, 0) == 0) sum += number;
  bytes += bpf_dynptr_size(request);
  taken++;
  return 0;
}

SEC("syscall")
int drain(void *context) {
  return bpf_user_ringbuf_drain(&requests, take, NULL, 0);
}

struct lines {
  __u32 mark, count;
};

__u32 printed;

SEC("syscall")
int print(struct lines *lines) {
  __u32 i, count = lines->count;
  bpf_for(i, 0, count) bpf_printk("soak %u %u.", lines->mark, printed++);
  return 0;
}

char _license[] SEC("license") = "GPL";
