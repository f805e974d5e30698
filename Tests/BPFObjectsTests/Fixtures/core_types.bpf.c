// Kernel types: existence, match, size and ID.
#include <bpf/bpf_types.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)
struct list_head {
  struct list_head *next, *prev;
};
struct hlist_node___other {
  int next;
};
struct no_such_struct {
  int field;
};
union no_such_union {
  int field;
};
#pragma clang attribute pop
typedef int pid_t;
typedef long no_such_typedef;
enum pid_type { PIDTYPE_PID };

int exists, absent, matches, differs;
__u64 list_size, missing_size, pid_size;
__u32 local_id, kernel_id, missing_id;

SEC("tc")
int look(struct __sk_buff *skb) {
  exists = bpf_core_type_exists(struct list_head) + bpf_core_type_exists(pid_t) +
           bpf_core_type_exists(enum pid_type);
  absent = bpf_core_type_exists(struct no_such_struct) + bpf_core_type_exists(union no_such_union) +
           bpf_core_type_exists(no_such_typedef);
  matches = bpf_core_type_matches(struct list_head);
  differs = bpf_core_type_matches(struct hlist_node___other);
  list_size = bpf_core_type_size(struct list_head);
  pid_size = bpf_core_type_size(pid_t);
  missing_size = bpf_core_type_size(struct no_such_struct);
  local_id = bpf_core_type_id_local(struct list_head);
  kernel_id = bpf_core_type_id_kernel(struct list_head);
  missing_id = bpf_core_type_exists(struct no_such_struct) ? bpf_core_type_id_kernel(struct no_such_struct) : 0;
  return skb->len;
}

char _license[] SEC("license") = "GPL";
