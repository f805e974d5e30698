// Maps of every type that an object can define, pinned by name, with sizes and flags that the kernel or the loader
// adjusts.
#include <bpf/bpf_types.h>
#include <bpf/bpf_helpers.h>

#define SHARED(map_type, size) \
  __uint(type, BPF_MAP_TYPE_##map_type); \
  __uint(max_entries, size); \
  __uint(pinning, LIBBPF_PIN_BY_NAME)

#define MAP(name, map_type, size, key_bytes, value_bytes, flags) \
  struct { \
    SHARED(map_type, size); \
    __uint(key_size, key_bytes); \
    __uint(value_size, value_bytes); \
    __uint(map_flags, flags); \
  } name SEC(".maps")

#define BUFFER(name, map_type, size, flags) \
  struct { \
    SHARED(map_type, size); \
    __uint(map_flags, flags); \
  } name SEC(".maps")

#define STORAGE(name, map_type) \
  struct { \
    __uint(type, BPF_MAP_TYPE_##map_type); \
    __uint(pinning, LIBBPF_PIN_BY_NAME); \
    __uint(map_flags, BPF_F_NO_PREALLOC); \
    __type(key, int); \
    __type(value, __u64); \
  } name SEC(".maps")

MAP(hash, HASH, 5, 4, 8, 0);
MAP(hash_read_only, HASH, 5, 4, 8, BPF_F_WRONLY);
MAP(hash_sparse, HASH, 5, 4, 8, BPF_F_NO_PREALLOC | BPF_F_RDONLY_PROG);
MAP(array, ARRAY, 5, 4, 8, BPF_F_MMAPABLE);
MAP(percpu_hash, PERCPU_HASH, 5, 4, 8, 0);
MAP(percpu_array, PERCPU_ARRAY, 5, 4, 8, 0);
MAP(program_array, PROG_ARRAY, 5, 4, 4, 0);
MAP(perf_events, PERF_EVENT_ARRAY, 0, 4, 4, 0);
MAP(perf_events_1, PERF_EVENT_ARRAY, 1, 4, 4, 0);
MAP(stacks, STACK_TRACE, 5, 4, 16, 0);
MAP(cgroups, CGROUP_ARRAY, 5, 4, 4, 0);
MAP(lru, LRU_HASH, 5, 4, 8, 0);
MAP(lru_per_cpu_list, LRU_HASH, 5, 4, 8, BPF_F_NO_COMMON_LRU);
MAP(lru_percpu, LRU_PERCPU_HASH, 5, 4, 8, BPF_F_NO_COMMON_LRU);
MAP(trie, LPM_TRIE, 5, 8, 8, BPF_F_NO_PREALLOC);
MAP(devices, DEVMAP, 5, 4, 4, 0);
MAP(device_programs, DEVMAP, 5, 4, 8, BPF_F_NUMA_NODE);
MAP(devices_hash, DEVMAP_HASH, 5, 4, 8, 0);
MAP(sockets, SOCKMAP, 5, 4, 8, 0);
MAP(sockets_hash, SOCKHASH, 5, 4, 8, 0);
MAP(cpus, CPUMAP, 1, 4, 8, 0);
MAP(xsks, XSKMAP, 5, 4, 4, 0);
MAP(reuseport, REUSEPORT_SOCKARRAY, 5, 4, 8, 0);
MAP(queue, QUEUE, 5, 0, 8, 0);
MAP(stack, STACK, 5, 0, 8, 0);
BUFFER(ring, RINGBUF, 5000, 0);
BUFFER(user_ring, USER_RINGBUF, 200000, 0);
BUFFER(arena, ARENA, 3, BPF_F_MMAPABLE);
STORAGE(socket_storage, SK_STORAGE);
STORAGE(inode_storage, INODE_STORAGE);
STORAGE(task_storage, TASK_STORAGE);
STORAGE(cgroup_storage, CGRP_STORAGE);

struct {
  SHARED(BLOOM_FILTER, 5);
  __uint(value_size, 8);
  __uint(map_extra, 3);
} bloom SEC(".maps");

struct inner {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 2);
  __type(key, __u32);
  __type(value, __u64);
} left SEC(".maps"), right SEC(".maps");

struct {
  SHARED(ARRAY_OF_MAPS, 3);
  __type(key, __u32);
  __array(values, struct inner);
} array_of_maps SEC(".maps") = {.values = {[0] = &left, [2] = &right}};

struct {
  SHARED(HASH_OF_MAPS, 8);
  __type(key, __u32);
  __array(values, struct inner);
} hash_of_maps SEC(".maps") = {.values = {[5] = &right}};

SEC("tc")
int pass(struct __sk_buff *skb) { return 0; }

char _license[] SEC("license") = "GPL";
