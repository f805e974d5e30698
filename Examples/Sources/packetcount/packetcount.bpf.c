// Counts the packets that an interface receives, and drops those that come from blocked networks.
#include <bpf/bpf_types.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_endian.h>

// The values are the protocol numbers in packets.
enum family { IPV4 = 4, IPV6 = 6 };
enum transport { ICMP = 1, TCP = 6, UDP = 17, ICMPV6 = 58 };

struct kind {
  enum family family;
  enum transport transport;
};

struct traffic {
  __u64 packets, bytes;
};

struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_HASH);
  __uint(max_entries, 2 * 256);  // all possible keys
  __type(key, struct kind);
  __type(value, struct traffic);
} received SEC(".maps");

// Blocked networks, with the number of packets dropped from each.
struct ipv4_prefix {
  __u32 length;
  __u8 address[4];
};
struct ipv6_prefix {
  __u32 length;
  __u8 address[16];
};
struct {
  __uint(type, BPF_MAP_TYPE_LPM_TRIE);
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __uint(max_entries, 1024);
  __type(key, struct ipv4_prefix);
  __type(value, __u64);
} blocked_ipv4 SEC(".maps");
struct {
  __uint(type, BPF_MAP_TYPE_LPM_TRIE);
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __uint(max_entries, 1024);
  __type(key, struct ipv6_prefix);
  __type(value, __u64);
} blocked_ipv6 SEC(".maps");

// The packet headers, as far as they are used.
struct ethernet {
  __u8 to[6], from[6];
  __be16 type;
};
struct ipv4 {
  __u8 start[9], protocol, checksum[2], from[4], to[4];
};
struct ipv6 {
  __u8 start[6], protocol, hops, from[16], to[16];
};

static void count(struct xdp_md *packet, struct kind kind) {
  struct traffic nothing = {}, *seen = bpf_map_lookup_elem(&received, &kind);
  if (!seen) {
    bpf_map_update_elem(&received, &kind, &nothing, BPF_NOEXIST);
    seen = bpf_map_lookup_elem(&received, &kind);
    if (!seen) return;
  }
  seen->bytes += packet->data_end - packet->data;
  seen->packets += 1;
}

SEC("xdp")
int filter(struct xdp_md *packet) {
  void *end = (void *)(long)packet->data_end;
  struct ethernet *ethernet = (void *)(long)packet->data;
  if ((void *)(ethernet + 1) > end) return XDP_PASS;
  struct ipv4 *ipv4 = (void *)(ethernet + 1);
  struct ipv6 *ipv6 = (void *)(ethernet + 1);
  struct kind kind = {};
  __u64 *dropped = 0;

  if (ethernet->type == bpf_htons(0x0800) && (void *)(ipv4 + 1) <= end) {
    kind = (struct kind){IPV4, ipv4->protocol};
    struct ipv4_prefix host = {.length = 32};
    __builtin_memcpy(host.address, ipv4->from, sizeof(host.address));
    dropped = bpf_map_lookup_elem(&blocked_ipv4, &host);
  } else if (ethernet->type == bpf_htons(0x86dd) && (void *)(ipv6 + 1) <= end) {
    kind = (struct kind){IPV6, ipv6->protocol};
    struct ipv6_prefix host = {.length = 128};
    __builtin_memcpy(host.address, ipv6->from, sizeof(host.address));
    dropped = bpf_map_lookup_elem(&blocked_ipv6, &host);
  } else {
    return XDP_PASS;
  }
  if (dropped) __atomic_fetch_add(dropped, 1, __ATOMIC_RELAXED);
  count(packet, kind);
  return dropped ? XDP_DROP : XDP_PASS;
}

char _license[] SEC("license") = "GPL";
