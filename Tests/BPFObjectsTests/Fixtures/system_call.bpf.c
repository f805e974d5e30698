// A syscall program that reads and changes its arguments.
#include <bpf/bpf_types.h>
#include <bpf/bpf_helpers.h>

struct arguments {
  __u64 left, right;
  __u64 sum;
  __s32 map_error;
  __u32 padding;
};

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 4);
  __type(key, __u64);
  __type(value, __u64);
} results SEC(".maps");

SEC("syscall")
int add(struct arguments *arguments) {
  __u64 key = arguments->left, value = arguments->left + arguments->right;
  arguments->sum = value;
  arguments->map_error = bpf_map_update_elem(&results, &key, &value, BPF_ANY);
  return value > 100;
}

char _license[] SEC("license") = "GPL";
