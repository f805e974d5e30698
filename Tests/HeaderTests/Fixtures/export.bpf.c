// Exports types that only records have.
#ifdef WITH_VMLINUX
#include "vmlinux.h"
#endif
#include <bpf/bpf_types.h>
#include <bpf/bpf_export.h>
#include <bpf/bpf_helpers.h>

enum exported_kind { EXPORTED_KIND };

struct exported_record {
  bpf_ipv4_addr address;
  bpf_ipv6_addr address6;
  __be16 port;
};

typedef union {
  __u32 number;
  __u8 bytes[4];
} exported_union;

BPF_EXPORT_TYPE(enum exported_kind);
BPF_EXPORT_TYPE(struct exported_record);
BPF_EXPORT_TYPE(exported_union);

_Static_assert(sizeof(struct exported_record) == 24, "The record has the size of its members.");

SEC("socket")
int nothing(void *ctx) {
  (void)ctx;
  return 0;
}

char _license[] SEC("license") = "GPL";
