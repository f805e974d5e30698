// Legacy map definitions, from before BTF.
typedef unsigned int __u32;

#define SEC(name) __attribute__((section(name), used))

struct bpf_map_def {
  __u32 type, key_size, value_size, max_entries, map_flags;
};

struct bpf_map_def SEC("maps") old_array = {.type = 2, .key_size = 4, .value_size = 8, .max_entries = 5};
struct bpf_map_def SEC("maps") old_hash = {
    .type = 1, .key_size = 2, .value_size = 4, .max_entries = 6, .map_flags = 1};

// Types of keys and values as declared by a macro.
struct ____btf_map_old_hash {
  unsigned short key;
  __u32 value;
};
struct ____btf_map_old_hash SEC(".maps.old_hash") ____btf_map_old_hash = {};

static void *(*map_lookup)(void *map, const void *key) = (void *)1;

SEC("kprobe/do_unlinkat") int probe(void *context) {
  unsigned short key = 1;
  __u32 index = 0;
  return map_lookup(&old_hash, &key) != map_lookup(&old_array, &index);
}

__u32 _version SEC("version") = 0x060102;
char _license[] SEC("license") = "GPL";
