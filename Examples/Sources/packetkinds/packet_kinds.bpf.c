// Counts packets and bytes by kind.
#include <bpf/bpf_types.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_endian.h>

enum kind { KIND_OTHER, KIND_IPV4, KIND_IPV6 };

struct traffic {
  __u32 packets;
  __u64 bytes;
};

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 3);
  __type(key, enum kind);
  __type(value, struct traffic);
} traffic SEC(".maps");

// The minimum size of packets to count, set before the program is loaded.
const volatile __u32 shortest = 0;

// The number of packets that were not counted.
__u64 ignored;

static enum kind kind_of(__be16 protocol) {
  switch (bpf_ntohs(protocol)) {
  case 0x0800: return KIND_IPV4;
  case 0x86dd: return KIND_IPV6;
  default: return KIND_OTHER;
  }
}

SEC("tc")
int count(struct __sk_buff *packet) {
  if (packet->len < shortest) {
    __atomic_fetch_add(&ignored, 1, __ATOMIC_RELAXED);
    return 0;
  }
  enum kind kind = kind_of(packet->protocol);
  struct traffic nothing = {}, *seen = bpf_map_lookup_elem(&traffic, &kind);
  if (!seen) {
    bpf_map_update_elem(&traffic, &kind, &nothing, BPF_NOEXIST);
    seen = bpf_map_lookup_elem(&traffic, &kind);
    if (!seen) return 0;
  }
  __atomic_fetch_add(&seen->packets, 1, __ATOMIC_RELAXED);
  __atomic_fetch_add(&seen->bytes, packet->len, __ATOMIC_RELAXED);
  return 0;
}

char _license[] SEC("license") = "GPL";
