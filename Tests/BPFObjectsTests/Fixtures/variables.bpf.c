// Global variables in every section that becomes a map.
typedef unsigned char __u8;
typedef unsigned int __u32;
typedef unsigned long long __u64;

#define SEC(name) __attribute__((section(name), used))

struct pair {
  __u32 low;
  __u64 high;
};

const volatile __u32 threshold = 7;
const volatile __u8 levels[4] = {1, 2, 3, 4};
static const volatile __u32 own_constant = 9;
__u64 limit = 0x1122334455667788;
struct pair pair = {.low = 1, .high = 2};
static volatile __u32 own = 3;
__attribute__((weak)) __u32 weak = 4;
__attribute__((visibility("hidden"))) volatile __u32 hidden SEC(".data.hidden") = 5;
__u32 zero;
__u64 zeros[10];
static volatile __u32 own_zero;
__u32 special SEC(".data.special") = 6;
__u32 cleared SEC(".bss.cleared");
const volatile __u32 fixed SEC(".rodata.fixed") = 8;

static long (*trace)(const char *format, __u32 size, ...) = (void *)6;

SEC("socket") int use(void *context) {
  static volatile __u32 calls;
  calls++;
  own_zero += own + own_constant;
  zero += threshold + levels[calls & 3] + hidden;
  zeros[1] = limit + pair.high + special + weak + fixed;
  cleared++;
  trace("own %d", 7, own);
  return pair.low;
}

char _license[] SEC("license") = "GPL";
