// Maps defined in every possible way.
typedef unsigned int __u32;
typedef unsigned long long __u64;

#define SEC(name) __attribute__((section(name), used))
#define __uint(name, val) int (*name)[val]
#define __type(name, val) typeof(val) *name
#define __array(name, val) typeof(val) *name[]
#define __ulong(name, val) enum { name##_value = val } name

struct point {
  int x, y, z;
};
typedef struct point place_t;

enum { FLAGS = 1 };

int first(void *context);

// Sizes from types, one through a typedef.
struct {
  __uint(type, 1);  // BPF_MAP_TYPE_HASH
  __uint(max_entries, 100);
  __uint(map_flags, FLAGS);  // BPF_F_NO_PREALLOC
  __type(key, __u64);
  __type(value, place_t);
  __uint(pinning, 1);  // LIBBPF_PIN_BY_NAME
} pinned SEC(".maps");

// Sizes from numbers, and a NUMA node.
struct {
  __uint(type, 2);  // BPF_MAP_TYPE_ARRAY
  __uint(key_size, 4);
  __uint(value_size, 16);
  __uint(max_entries, 3);
  __uint(map_flags, 4);  // BPF_F_NUMA_NODE
  __uint(numa_node, 7);
  __uint(pinning, 0);
} numbered SEC(".maps");

// No keys and no values.
struct {
  __uint(type, 27);  // BPF_MAP_TYPE_RINGBUF
  __uint(max_entries, 4096);
} events SEC(".maps");

// A 32-bit number as an array length, and a 64-bit number as an enumerator.
struct {
  __uint(type, 30);  // BPF_MAP_TYPE_BLOOM_FILTER
  __uint(max_entries, 8);
  __uint(map_extra, 3);
  __type(value, __u32);
} filter SEC(".maps");

struct {
  __uint(type, 33);  // BPF_MAP_TYPE_ARENA
  __uint(map_flags, 1 << 10);
  __uint(max_entries, 2);
  __ulong(map_extra, 0x1ull << 44);
} region SEC(".maps");

struct inner {
  __uint(type, 2);
  __uint(max_entries, 5);
  __type(key, __u32);
  __type(value, __u64);
} inner_one SEC(".maps"), inner_two SEC(".maps");

// A map-in-map with two of four slots filled, and one with only an inner map template.
struct {
  __uint(type, 12);  // BPF_MAP_TYPE_ARRAY_OF_MAPS
  __uint(max_entries, 4);
  __type(key, __u32);
  __array(values, struct inner);
} outer SEC(".maps") = {.values = {[1] = &inner_two, [3] = &inner_one}};

struct {
  __uint(type, 13);  // BPF_MAP_TYPE_HASH_OF_MAPS
  __uint(max_entries, 2);
  __uint(key_size, 8);
  __array(
      values, struct {
        __uint(type, 1);
        __uint(max_entries, 9);
        __uint(key_size, 2);
        __uint(value_size, 3);
      });
} templated SEC(".maps");

struct {
  __uint(type, 3);  // BPF_MAP_TYPE_PROG_ARRAY
  __uint(max_entries, 3);
  __uint(key_size, 4);
  __array(values, int(void *));
} jumps SEC(".maps") = {.values = {[2] = (void *)&first}};

SEC("tc") int first(void *context) { return 0; }

char _license[] SEC("license") = "Dual BSD/GPL";
