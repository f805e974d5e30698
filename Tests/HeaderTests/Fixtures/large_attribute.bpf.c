// A map attribute of more than 32 bits: the address of an arena.
#include <bpf/bpf_types.h>
#include <bpf/bpf_helpers.h>

struct {
  __uint(type, BPF_MAP_TYPE_ARENA);
  __uint(map_flags, BPF_F_MMAPABLE);
  __uint(max_entries, 4);
  __ulong(map_extra, 0x1ull << 44);
} pages SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_ARENA);
  __uint(map_flags, BPF_F_MMAPABLE);
  __uint(max_entries, 4);
  __ulong(map_extra, 0x2ull << 44);
} more_pages SEC(".maps");

char _license[] SEC("license") = "GPL";
