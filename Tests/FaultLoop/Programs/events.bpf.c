// Sends one record to a ring buffer, and one to the perf buffer of its CPU.
#include <bpf/bpf_types.h>
#include <bpf/bpf_helpers.h>

struct {
  __uint(type, BPF_MAP_TYPE_RINGBUF);
  __uint(max_entries, 4096);
} ring SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
  __uint(key_size, 4);
  __uint(value_size, 4);
} samples SEC(".maps");

SEC("raw_tp/sys_enter")
int send(void *ctx) {
  __u64 number = 7;
  if (bpf_ringbuf_output(&ring, &number, sizeof(number), 0)) return 1;
  return bpf_perf_event_output(ctx, &samples, BPF_F_CURRENT_CPU, &number, sizeof(number)) ? 2 : 0;
}

char _license[] SEC("license") = "GPL";
