// Relocations of every kind against the running kernel's types. The program's types have few members, in another
// order, with other sizes; some are missing in every kernel.
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;

#define core __attribute__((preserve_access_index))
#define section(name) __attribute__((section(name), used))
#define field(place, kind) __builtin_preserve_field_info(place, kind)
#define type(name, kind) __builtin_preserve_type_info(*(typeof(name) *)0, kind)
#define type_number(name, kind) __builtin_btf_type_id(*(typeof(name) *)0, kind)
#define enumerator(type, name, kind) __builtin_preserve_enum_value(*(type *)name, kind)
// Offset, size, existence, sign and both shifts.
#define all(place) \
  (field(place, 0) + field(place, 1) + field(place, 2) + field(place, 3) + field(place, 4) + field(place, 5))

struct list_head {
  struct list_head *prev, *next;
} core;
struct hlist_node {
  struct hlist_node *next;
} core;
typedef struct {
  u32 val;
} kuid_t;
struct cred {
  kuid_t euid, uid;
} core;
struct nsproxy {
  void *net_ns;
} core;
struct task_struct {
  struct task_struct *group_leader;
  struct list_head tasks;
  int tgid, pid;
  char comm[16];
  u64 start_time;
  struct nsproxy *nsproxy;
  const struct cred *cred;
  unsigned in_execve : 1;
  unsigned sched_migrated : 1;
  int no_such_field;
} core;
struct task_struct___other {
  char comm[4];
  int pid;
} core;
struct in6_addr {
  union {
    u32 u6_addr32[4];
    u8 u6_addr8[16];
  } in6_u;
} core;
struct sock_common {
  u16 skc_num;
  u32 skc_rcv_saddr;
  u16 skc_dport;
  struct in6_addr skc_v6_daddr;
  u8 skc_reuse : 4;
  u8 skc_ipv6only : 1;
} core;
struct sock {
  struct sock_common __sk_common;
  u16 sk_protocol;
  int sk_rcvbuf;
} core;
struct sk_buff {
  u32 len, data_len;
  u32 protocol;  // 2 bytes in the kernel
  u8 pkt_type : 3;
  u8 ip_summed : 2;
  u8 cloned : 1;
  u8 *head;
  u32 mark;
  char cb[48];
} core;
struct qstr {
  u8 *name;
  u32 len;
} core;
struct dentry {
  struct qstr d_name;
  struct dentry *d_parent;
} core;
struct bpf_map {
  u32 max_entries;
  char name[16];
  u32 key_size;
} core;
struct bpf_array {
  char value[0];
  u32 elem_size;
} core;
struct no_such_struct {
  int field;
} core;
union bpf_attr {
  u32 map_type;
};
struct ethhdr {
  u8 h_dest[6];
  u16 h_proto;
};
struct iphdr {
  u8 ttl;
};
enum bpf_map_type { BPF_MAP_TYPE_ARRAY = 77, BPF_MAP_TYPE_NO_SUCH_THING = 5, BPF_MAP_TYPE_RINGBUF = 1 };
enum pid_type { PIDTYPE_PID, PIDTYPE_TGID = 9 };
typedef struct {
  int counter;
} atomic_t;

section("raw_tp/1") u64 fields(struct task_struct *task) {
  return task->pid + task->tgid + task->comm[3] + (u64)task->group_leader + (u64)task->tasks.next + task->start_time +
         (u64)task->nsproxy + (u64)task->cred;
}
section("raw_tp/2") u64 questions(struct task_struct *task) {
  return all(task->pid) + all(task->start_time) + all(task->in_execve) + all(task->sched_migrated) +
         field(task->comm, 0) + field(task->comm, 1) + field(task->comm, 2) + field(task->no_such_field, 2) +
         field(task->comm[2], 0) + field(task->comm[2], 1);
}
section("raw_tp/3") u64 missing(struct task_struct *task, struct no_such_struct *other) {
  return task->no_such_field + all(task->no_such_field) + all(other->field) + other->field +
         type(struct no_such_struct, 0) + type(struct no_such_struct, 1) + type(struct no_such_struct, 2) +
         type_number(struct no_such_struct, 1);
}
section("raw_tp/4") u64 flavor(struct task_struct___other *task) {
  return task->pid + task->comm[2];
}
section("raw_tp/5") u64 inside(struct sock *sock, struct cred *cred, struct dentry *dentry) {
  return sock->__sk_common.skc_num + sock->__sk_common.skc_dport + sock->__sk_common.skc_rcv_saddr +
         sock->__sk_common.skc_v6_daddr.in6_u.u6_addr32[2] + sock->__sk_common.skc_v6_daddr.in6_u.u6_addr8[5] +
         sock->sk_protocol + sock->sk_rcvbuf + cred->uid.val + cred->euid.val + dentry->d_name.len +
         (u64)dentry->d_name.name;
}
section("raw_tp/6") u64 bits(struct sk_buff *buffer, struct sock_common *sock) {
  return all(buffer->pkt_type) + all(buffer->ip_summed) + all(buffer->cloned) + all(sock->skc_reuse) +
         all(sock->skc_ipv6only) + buffer->len + buffer->data_len + buffer->protocol + buffer->mark + buffer->cb[40] +
         (u64)buffer->head;
}
section("raw_tp/7") u64 maps(struct bpf_map *map, struct bpf_array *array) {
  return map->max_entries + map->key_size + map->name[1] + array->elem_size + (u64)array[1].value;
}
section("raw_tp/8") u64 types(void) {
  return type(struct task_struct, 0) + type(struct task_struct, 1) + type(struct task_struct, 2) +
         type(struct list_head, 2) + type(struct hlist_node, 2) + type(union bpf_attr, 0) + type(union bpf_attr, 1) +
         type(struct ethhdr, 2) + type(struct ethhdr, 1) + type(struct iphdr, 2) + type(atomic_t, 0) +
         type(atomic_t, 1) + type(atomic_t, 2) + type(kuid_t, 2) + type(struct cred, 2) + type(enum pid_type, 0) +
         type(enum pid_type, 2) + type(enum bpf_map_type, 2) + type(enum bpf_map_type, 1);
}
section("raw_tp/9") u64 numbers(void) {
  return type_number(struct task_struct, 0) + type_number(struct task_struct, 1) + type_number(union bpf_attr, 1) +
         type_number(atomic_t, 1) + type_number(enum pid_type, 1);
}
section("raw_tp/10") u64 enumerators(void) {
  return enumerator(enum bpf_map_type, BPF_MAP_TYPE_ARRAY, 1) + enumerator(enum bpf_map_type, BPF_MAP_TYPE_ARRAY, 0) +
         enumerator(enum bpf_map_type, BPF_MAP_TYPE_NO_SUCH_THING, 1) +
         enumerator(enum bpf_map_type, BPF_MAP_TYPE_NO_SUCH_THING, 0) +
         enumerator(enum bpf_map_type, BPF_MAP_TYPE_RINGBUF, 1) + enumerator(enum pid_type, PIDTYPE_TGID, 1);
}

char granted[] section("license") = "GPL";
