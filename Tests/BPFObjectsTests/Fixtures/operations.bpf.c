// Implementations of struct_ops: with a link, without one, and one that is not created automatically.
typedef unsigned int __u32;

#define SEC(name) __attribute__((section(name), used))

struct dummy_state {
  int value;
};

struct dummy_ops {
  int (*one)(struct dummy_state *state);
  int (*two)(struct dummy_state *state, int a, unsigned short b, char c, unsigned long d);
  __u32 flags;
  char name[8];
};

SEC("struct_ops/one") int do_one(unsigned long long *context) { return 1; }

SEC("struct_ops.s/two") int do_two(unsigned long long *context) { return 2; }

SEC(".struct_ops")
struct dummy_ops plain = {.one = (void *)do_one, .two = (void *)do_two, .flags = 3, .name = "plain"};

SEC(".struct_ops.link")
struct dummy_ops linked = {.two = (void *)do_two, .flags = 4};

SEC("?.struct_ops.link")
struct dummy_ops later = {.one = (void *)do_one};

char _license[] SEC("license") = "GPL";
