// Sends records to the perf buffer of the CPU it runs on: as many as it is told to, numbered, of a size it is told.
#include <bpf/bpf_types.h>
#include <bpf/bpf_helpers.h>

struct arguments {
  __u64 count, size;
};

struct {
  __uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
  __uint(key_size, 4);
  __uint(value_size, 4);
} samples SEC(".maps");

__u64 number, failed;
char bytes[256];

SEC("raw_tp/sys_enter")
int send(struct arguments *arguments) {
  __u64 count = arguments->count, size = arguments->size;
  int i;
  if (size < 8 || size > sizeof(bytes)) return 1;
  bpf_for(i, 0, count) {
    __u64 next = number++;
    __builtin_memcpy(bytes, &next, sizeof(next));
    if (bpf_perf_event_output(arguments, &samples, BPF_F_CURRENT_CPU, bytes, size)) failed++;
  }
  return 0;
}

char _license[] SEC("license") = "GPL";
