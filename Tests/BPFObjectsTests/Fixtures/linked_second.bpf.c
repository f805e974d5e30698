// The second of two objects that are linked: see ObjectLinkerTests.
#include <bpf/bpf_types.h>
#include <bpf/bpf_helpers.h>

struct point {
  int x;
  struct point *next;
};

// Defined by the other object.
extern struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 4);
  __type(key, __u32);
  __type(value, struct point);
} points SEC(".maps");

__u64 total = 100;
static int calls = 20;
const volatile int weak_limit = 30;

static __attribute__((noinline)) int twice(int number) {
  calls += 2;
  return number * 2;
}

int scale(int number) {
  __u32 key = 1;
  struct point *point = bpf_map_lookup_elem(&points, &key);
  if (point) point->x = twice(number);
  return number * 10;
}

int weigh(int number) { return number + 2; }

SEC("xdp")
int second(struct xdp_md *ctx) { return twice(calls); }

char _license[] SEC("license") = "GPL";
