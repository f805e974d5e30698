// Global variables in every kind of section, including several sections of a kind.
#include <bpf/bpf_types.h>
#include <bpf/bpf_helpers.h>

struct point {
  int x, y;
};

// .bss and .data
__u64 runs, lengths[8];
int counter = 40;
struct point point = {.x = 3, .y = -4};
static volatile short hidden = 5;
char text[16] = "text";

// .rodata, which can be set before loading
const volatile int limit = 10;
const volatile bool is_verbose = false;
const char greeting[] = "hello";

// Custom sections
int extra SEC(".data.extra") = 7;
const volatile __u32 mask SEC(".rodata.masks") = 0xff00;

SEC("tc")
int use(struct __sk_buff *skb) {
  runs++;
  if (is_verbose) text[0] = greeting[0];
  if (counter < limit * 5) counter += point.x - point.y;
  hidden++;
  extra += hidden;
  lengths[skb->len & 7] += mask;
  return counter;
}

char _license[] SEC("license") = "GPL";
