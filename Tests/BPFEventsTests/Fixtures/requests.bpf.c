// Takes records from user space: counts them, adds up their first four bytes and their sizes.
#include <bpf/bpf_types.h>
#include <bpf/bpf_helpers.h>

struct {
  __uint(type, BPF_MAP_TYPE_USER_RINGBUF);
  __uint(max_entries, 4096);
} requests SEC(".maps");

extern __u32 bpf_dynptr_size(const struct bpf_dynptr *p) __ksym;

__u64 taken, sum, bytes;
// How many bytes of the last record of 24 are zero.
__u64 zeros;

static long take(struct bpf_dynptr *request, void *context) {
  __u32 value = 0;
  if (bpf_dynptr_read(&value, sizeof(value), request, 0, 0) == 0) sum += value;
  bytes += bpf_dynptr_size(request);
  unsigned char record[24];
  if (bpf_dynptr_size(request) == sizeof(record) && bpf_dynptr_read(record, sizeof(record), request, 0, 0) == 0) {
    zeros = 0;
    for (int i = 0; i < sizeof(record); i++) zeros += record[i] == 0;
  }
  taken++;
  return 0;
}

SEC("syscall")
int drain(void *context) {
  return bpf_user_ringbuf_drain(&requests, take, NULL, 0);
}

SEC("syscall")
int print(__u32 *number) {
  bpf_printk("swift-bpf says %d", *number);
  return 0;
}

struct lines {
  __u32 mark, count;
};

__u32 printed;

// Prints as many numbered lines as it is told to, each with a mark.
SEC("syscall")
int print_many(struct lines *lines) {
  __u32 i, count = lines->count;
  bpf_for(i, 0, count) bpf_printk("swift-bpf says %d %d", lines->mark, printed++);
  return 0;
}

char _license[] SEC("license") = "GPL";
