// Programs with functions of every linkage, whose order of calls differs from that in the source.
typedef unsigned int __u32;
typedef unsigned long long __u64;

#define SEC(name) __attribute__((section(name), used))
#define __noinline __attribute__((noinline))
#define __hidden __attribute__((visibility("hidden")))

struct context {
  __u32 length, kind, mark;
};

static long (*loop)(__u32 count, void *function, void *context, __u64 flags) = (void *)181;
static __u32 (*random_number)(void) = (void *)7;

__u32 total;

static __noinline int leaf(int number) { return number + random_number(); }

__noinline int shared(int number) { return leaf(number) * 3; }

__hidden __noinline int hidden(int number) { return shared(number) + 5 * random_number(); }

__attribute__((weak)) __noinline int weak(int number) { return number - random_number(); }

__noinline int unused(int number) { return number ^ random_number(); }

static long step(__u32 index, void *context) {
  total += leaf(index);
  return 0;
}

// The 64-bit constant before the call takes two instructions.
SEC("tc") int first(struct context *context) {
  total = hidden(context->length);
  if ((__u64)random_number() * 0x123456789abcdef0 > 3)
    return weak(2);
  return shared(1);
}

SEC("tc") int second(struct context *context) { return leaf(context->length) + hidden(2); }

// bpftool cannot pin programs that it does not load.
#ifdef LOAD_ALL
#define THIRD "tc"
#else
#define THIRD "?tc"
#endif
SEC(THIRD) int third(struct context *context) {
  loop(10, step, 0, 0);
  return weak(total);
}

SEC("xdp") int alone(struct context *context) { return 2; }

char _license[] SEC("license") = "GPL";
