// Sends records to the perf buffer of the current CPU, and counts all records and those that failed.
#include <bpf/bpf_types.h>
#include <bpf/bpf_helpers.h>

struct arguments {
  __u64 count, unused;
};

struct sample {
  __u64 number;
};

struct {
  __uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
  __uint(key_size, 4);
  __uint(value_size, 4);
} samples SEC(".maps");

__u64 begun, failed, sum;

SEC("raw_tp/sys_enter")
int send(struct arguments *arguments) {
  __u64 count = arguments->count;
  int i;
  bpf_for(i, 0, count) {
    struct sample sample = {__sync_fetch_and_add(&begun, 1)};
    if (bpf_perf_event_output(arguments, &samples, BPF_F_CURRENT_CPU, &sample, sizeof(sample)))
      __atomic_fetch_add(&failed, 1, __ATOMIC_RELAXED);
    else
      __atomic_fetch_add(&sum, sample.number, __ATOMIC_RELAXED);
  }
  return 0;
}

char _license[] SEC("license") = "GPL";
