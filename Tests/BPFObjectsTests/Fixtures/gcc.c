// Source of an object by gcc's BPF back end. gcc.elf was compiled by Debian's gcc-bpf 12.2.0 with binutils-bpf 2.40:
//   bpf-gcc -gbtf -O2 -c gcc.c -o gcc.elf && bpf-strip -g gcc.elf
typedef unsigned int __u32;
typedef unsigned long long __u64;

#define SEC(name) __attribute__((section(name), used))
#define __uint(name, value) int (*name)[value]
#define __type(name, value) __typeof__(value) *name

struct __sk_buff {
  __u32 len;
  __u32 pkt_type;
};

extern void *map_lookup(void *map, const void *key) __attribute__((kernel_helper(1)));
extern long map_update(void *map, const void *key, const void *value, __u64 flags) __attribute__((kernel_helper(2)));

struct {
  __uint(type, 1);  // BPF_MAP_TYPE_HASH
  __uint(max_entries, 8);
  __type(key, __u32);
  __type(value, __u64);
} hits SEC(".maps");

struct {
  __uint(type, 2);  // BPF_MAP_TYPE_ARRAY
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, char[16]);
} names SEC(".maps");

int first = 1;
int counter = 3;
const volatile int limit = 5;
static volatile int runs[4], length;

__attribute__((noinline)) int add(int a, int b) { return a + b; }
__attribute__((noinline)) int triple(int a) { return a * 3; }

SEC("tc") int count(struct __sk_buff *packet) {
  __u32 key = 0;
  __u64 one = 1, *hit = map_lookup(&hits, &key);
  char *name = map_lookup(&names, &key);
  if (name) name[0] = 'x';
  if (hit)
    (*hit)++;
  else
    map_update(&hits, &key, &one, 0);
  counter += limit;
  runs[1]++;
  length = packet->len;
  return triple(add(counter, packet->len));
}

char _license[] SEC("license") = "GPL";
