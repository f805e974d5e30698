// Reads records from user space, counts them, and adds up their first four bytes and their sizes.
#include <bpf/bpf_types.h>
#include <bpf/bpf_helpers.h>

struct {
  __uint(type, BPF_MAP_TYPE_USER_RINGBUF);
  __uint(max_entries, 4096);
} requests SEC(".maps");

extern __u32 bpf_dynptr_size(const struct bpf_dynptr *p) __ksym;

__u64 taken, sum, bytes;
// The last record of 24 bytes.
unsigned char last[24];

static long take(struct bpf_dynptr *request, void *context) {
  __u32 value = 0;
  if (bpf_dynptr_read(&value, sizeof(value), request, 0, 0) == 0) sum += value;
  bytes += bpf_dynptr_size(request);
  if (bpf_dynptr_size(request) == sizeof(last)) bpf_dynptr_read(last, sizeof(last), request, 0, 0);
  taken++;
  return 0;
}

SEC("syscall")
int drain(void *context) {
  return bpf_user_ringbuf_drain(&requests, take, NULL, 0);
}

char _license[] SEC("license") = "GPL";
