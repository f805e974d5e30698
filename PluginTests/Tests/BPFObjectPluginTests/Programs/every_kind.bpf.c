// Maps and variables of every kind with its own representation in Swift.
#include "shapes.h"
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 8);
  __type(key, struct flow_key);
  __type(value, struct flow);
} flows SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, struct odd_names);
} names SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
  __uint(max_entries, 2);
  __type(key, __u32);
  __type(value, struct flags);
} per_cpu SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_LRU_HASH);
  __uint(max_entries, 8);
  __type(key, enum verdict);
  __type(value, _Bool);
} verdicts SEC(".maps");

struct prefix {
  __u32 length;
  __u8 address[4];
};

struct {
  __uint(type, BPF_MAP_TYPE_LPM_TRIE);
  __uint(max_entries, 8);
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __type(key, struct prefix);
  __type(value, union number);
} routes SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_RINGBUF);
  __uint(max_entries, 4096);
} events SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_QUEUE);
  __uint(max_entries, 4);
  __type(value, struct header);
} headers SEC(".maps");

struct inner {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, __u64);
} first SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_HASH_OF_MAPS);
  __uint(max_entries, 2);
  __type(key, struct flow_key);
  __array(values, struct inner);
} tables SEC(".maps");

int fill(struct __sk_buff *packet);

struct {
  __uint(type, BPF_MAP_TYPE_PROG_ARRAY);
  __uint(max_entries, 2);
  __type(key, __u32);
  __array(values, int(struct __sk_buff *));
} calls SEC(".maps") = {.values = {[1] = &fill}};

// The key has no type, so the accessor returns a handle.
struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 1);
  __uint(key_size, 4);
  __uint(value_size, 4);
} untyped SEC(".maps");

const volatile __u32 limit = 5;
const volatile _Bool enabled = 0;
const volatile struct flow_key chosen = {1, 2, 3};
__s32 start = -3;
enum verdict verdict = VERDICT_DROP;
__u64 total;
struct flags state;
__u16 table[4];
char text[16];
__u8 large[20000];

// Numbers in network byte order, and addresses.
struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 4);
  __type(key, __be16);
  __type(value, struct endpoint);
} endpoints SEC(".maps");

__be32 network;
bpf_ipv4_addr gateway;
bpf_ipv6_addr gateway6;

// Types that no map and no variable has.
BPF_EXPORT_TYPE(struct event);
BPF_EXPORT_TYPE(enum reason);
BPF_EXPORT_TYPE(pair_t);

SEC("tc")
int fill(struct __sk_buff *packet) {
  struct flow_key key = {};
  key.address = chosen.address;
  key.port = chosen.port;
  key.protocol = chosen.protocol;
  struct flow flow = {
    .seen = enabled,
    .verdict = VERDICT_DROP,
    .rx_packets = 1ull << 40,
    .comm = "swift",
    .number.bytes = {1, 2, 3, 4},
    .headers = {{1, 2, 3}, {4, 5, 6}},
    .grid = {{-1, 2, -3}, {4, -5, 6}},
    .pair = {7, 8},
    .nameless = -9,
    .keys = {{1, 2, 3}, {4, 5, 6}},
  };
  flow.flags.ready = 1;
  flow.flags.level = -7;
  flow.flags.verdict = VERDICT_DROP;
  flow.flags.wide = 0x123456789aull;
  flow.address.family = 2;
  flow.address.ipv4 = 0x0a000001;
  bpf_map_update_elem(&flows, &key, &flow, BPF_ANY);

  total += limit;
  state = flow.flags;
  table[2] = 300;
  __builtin_memcpy(text, "kernel", 7);
  large[19999] = 1;
  return start;
}

// Returns 0 if the chosen key's flow is what the test wrote, otherwise the number of the first wrong member.
SEC("tc")
int check(struct __sk_buff *packet) {
  struct flow_key key = {};
  key.address = chosen.address;
  key.port = chosen.port;
  key.protocol = chosen.protocol;
  struct flow *flow = bpf_map_lookup_elem(&flows, &key);
  if (!flow) return 1;
  if (!flow->seen) return 2;
  if (flow->verdict != VERDICT_DROP) return 3;
  if (flow->rx_packets != 12) return 4;
  if (flow->comm[0] != 'k' || flow->comm[15] != 'e') return 5;
  if (flow->number.bytes[1] != 0x03) return 6;
  if (flow->flags.ready != 1 || flow->flags.level != -2) return 7;
  if (flow->flags.verdict != VERDICT_DROP || flow->flags.wide != 0xfedcba9876ull) return 8;
  if (flow->headers[1].kind != 9 || flow->headers[1].length != 70000) return 9;
  if (flow->grid[1][2] != -32000) return 10;
  if (flow->pair.b != 44) return 11;
  if (flow->nameless != -1) return 12;
  if (flow->address.ipv6[15] != 0xee) return 13;
  if (flow->keys[1].protocol != 17) return 14;
  if (state.level != -16 || state.ready) return 15;
  if (table[3] != 65535) return 16;
  return 0;
}

// Returns 0 if an endpoint is what the test wrote, otherwise the number of the first wrong member. Writes another.
SEC("tc")
int connect(struct __sk_buff *packet) {
  __be16 key = bpf_htons(443);
  struct endpoint *endpoint = bpf_map_lookup_elem(&endpoints, &key);
  if (!endpoint) return 1;
  if (endpoint->address != bpf_htonl(0x0a000001)) return 2;
  if (endpoint->address6[0] != bpf_htonl(0x20010db8) || endpoint->address6[3] != bpf_htonl(1)) return 3;
  if (endpoint->port != bpf_htons(8080) || endpoint->sequence != bpf_cpu_to_be64(1ull << 40)) return 4;
  if (endpoint->words[1] != bpf_htonl(7)) return 5;
  if (endpoint->packed.port != bpf_htons(53) || endpoint->packed.address != bpf_htonl(0x0a000002)) return 6;
  if (endpoint->bits.low != 5 || endpoint->kernel.s_addr != bpf_htonl(0x0a000003)) return 7;
  if (network != bpf_htonl(0x0a000000)) return 8;

  struct endpoint other = {.port = bpf_htons(80), .address = bpf_htonl(0x7f000001)};
  other.packed.port = bpf_htons(81);
  key = bpf_htons(80);
  gateway = other.address;
  gateway6[3] = bpf_htonl(1);
  return bpf_map_update_elem(&endpoints, &key, &other, BPF_ANY) ? 9 : 0;
}

SEC("?tc")
int optional(struct __sk_buff *packet) { return 0; }

SEC("syscall")
int answer(struct question *question) {
  question->sum = (__u64)question->left + question->right;
  return 0;
}

char _license[] SEC("license") = "GPL";
