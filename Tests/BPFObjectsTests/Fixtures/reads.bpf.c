//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

// Reads kernel memory and user memory, each with its helper.

#include <bpf/bpf_types.h>
#include <bpf/bpf_helpers.h>

struct record {
  __u64 number;
  char text[16];
};

struct request {
  __u64 address;
  struct record from_kernel, from_user;
};

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, struct request);
} requests SEC(".maps");

SEC("raw_tp")
int copy(void *ctx) {
  __u32 key = 0;
  struct request *request = bpf_map_lookup_elem(&requests, &key);
  if (!request) return 1;
  const struct record *user = (void *)(long)request->address;
  bpf_probe_read_kernel(&request->from_kernel.number, 8, &request->address);
#ifdef NO_CONSTANTS
  char text[8] = {'k', 'e', 'r', 'n', 'e', 'l'};
#else
  static const volatile char text[] = "kernel";
#endif
  bpf_probe_read_kernel_str(request->from_kernel.text, 16, (const void *)text);
  bpf_probe_read_user(&request->from_user.number, 8, &user->number);
  bpf_probe_read_user_str(request->from_user.text, 16, user->text);
  return 0;
}

char _license[] SEC("license") = "GPL";
