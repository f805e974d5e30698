// The first of two objects that are linked: see ObjectLinkerTests.
#include <bpf/bpf_types.h>
#include <bpf/bpf_helpers.h>

struct point {
  int x;
  struct point *next;
};

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 4);
  __type(key, __u32);
  __type(value, struct point);
} points SEC(".maps");

// Defined by the other object.
extern int scale(int);
extern __u64 total;

static int calls;
int first_value = 7;
const volatile int limit = 5;
const volatile int weak_limit __attribute__((weak)) = 1;

// The other object has a definition that is not weak.
__attribute__((weak)) __attribute__((noinline)) int weigh(int number) { return number + 1; }

static __attribute__((noinline)) int twice(int number) {
  calls++;
  return number * 2;
}

SEC("xdp")
int first(struct xdp_md *ctx) {
  total += scale(3) + twice(first_value);
  return weigh(limit) + weak_limit;
}

char _license[] SEC("license") = "GPL";
