// A minimal object: a map, and a program that counts in it.
typedef unsigned int __u32;
typedef unsigned long long __u64;

struct {
  int (*type)[1];  // BPF_MAP_TYPE_HASH
  int (*max_entries)[64];
  __u32 *key;
  __u64 *value;
} hits __attribute__((section(".maps"), used));

static void *(*map_lookup)(void *map, const void *key) = (void *)1;
static long (*map_update)(void *map, const void *key, const void *value, __u64 flags) = (void *)2;

__attribute__((section("tc"), used)) int count(void *context __attribute__((unused))) {
  __u32 key = 1;
  __u64 one = 1, *value = map_lookup(&hits, &key);
  if (value)
    __atomic_fetch_add(value, 1, __ATOMIC_RELAXED);
  else
    map_update(&hits, &key, &one, 0);
  return 0;
}

char _license[] __attribute__((section("license"), used)) = "GPL";
