// Types with and without the same layout in Swift as in C.
#pragma once
#include <bpf/bpf_types.h>
#include <bpf/bpf_export.h>

enum verdict { VERDICT_PASS, VERDICT_DROP = 7 };

// The last byte is padding.
struct flow_key {
  __u32 address;
  __u16 port;
  __u8 protocol;
};

union number {
  __u32 whole;
  __u8 bytes[4];
};

struct flags {
  __u32 ready : 1;
  __s32 level : 5;
  enum verdict verdict : 4;
  __u64 wide : 40;
};

struct header {
  __u8 kind;
  __u32 length;
  __u16 port;
} __attribute__((packed));

struct address {
  __u8 family;
  union {
    __u32 ipv4;
    __u8 ipv6[16];
  };
};

struct flow {
  _Bool seen;
  enum verdict verdict;
  __u64 rx_packets;
  char comm[16];
  union number number;
  struct flags flags;
  struct header headers[2];
  __s16 grid[2][3];
  struct {
    __u32 a;
    __u32 b;
  } pair;
  struct {
    __s8 nameless;
  };
  struct address address;
  struct flow_key keys[2];
};

// Swift keywords, and names that collide after conversion.
struct odd_names {
  __u32 self, init, in, class, _1, hash_value, rx_bytes, rxBytes, storage, Type, description;
};

struct event {
  __u32 pid;
  char comm[16];
};

enum reason { REASON_FULL = 1, REASON_EMPTY };

typedef struct {
  __u32 a, b;
} pair_t;

struct in_addr {
  __be32 s_addr;
};

struct endpoint {
  bpf_ipv6_addr address6;
  bpf_ipv4_addr address;
  __be16 port;
  struct {
    __u8 kind;
    __be16 port;
    bpf_ipv4_addr address;
  } __attribute__((packed)) packed;
  const __be32 words[2];
  struct in_addr kernel;
  __be64 sequence;
  struct {
    __be32 low : 3;
  } bits;
};

struct question {
  __u32 left, right;
  __u64 sum;
};
