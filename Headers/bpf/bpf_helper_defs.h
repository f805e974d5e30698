//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

// All helpers of Linux 6.18, in the order of their numbers, grouped by the first kernel that has them. The kernel
// decides which programs may call a helper. Unless documented otherwise, a helper that returns a number returns 0 or
// more, or a negative error.
//
// Include <bpf/bpf_helpers.h>, which includes this.

#ifndef __BPF_HELPER_DEFS_H__
#define __BPF_HELPER_DEFS_H__

#include "bpf_scalars.h"

#ifndef __bpf_fastcall
#if __has_attribute(bpf_fastcall)
/// Marks helpers that preserve the argument registers.
#define __bpf_fastcall __attribute__((bpf_fastcall))
#else
#define __bpf_fastcall
#endif
#endif

struct __sk_buff;
struct bpf_dynptr;
struct bpf_fib_lookup;
struct bpf_perf_event_data;
struct bpf_perf_event_value;
struct bpf_pidns_info;
struct bpf_redir_neigh;
struct bpf_sock;
struct bpf_sock_addr;
struct bpf_sock_ops;
struct bpf_sock_tuple;
struct bpf_spin_lock;
struct bpf_sysctl;
struct bpf_tcp_sock;
struct bpf_timer;
struct bpf_tunnel_key;
struct bpf_xfrm_state;
struct btf_ptr;
struct cgroup;
struct file;
struct inode;
struct iphdr;
struct ipv6hdr;
struct linux_binprm;
struct mptcp_sock;
struct path;
struct pt_regs;
struct seq_file;
struct sk_msg_md;
struct sk_reuseport_md;
struct sockaddr;
struct socket;
struct task_struct;
struct tcp6_sock;
struct tcp_request_sock;
struct tcp_sock;
struct tcp_timewait_sock;
struct tcphdr;
struct udp6_sock;
struct unix_sock;
struct xdp_md;

// MARK: - Linux 3.19

/// Returns a pointer to the value of `key` in the map; null if there is none.
static void *(*const bpf_map_lookup_elem)(void *map, const void *key) = (void *)1;
/// Sets the value of `key`; `flags` is BPF_ANY, BPF_NOEXIST or BPF_EXIST.
static long (*const bpf_map_update_elem)(
    void *map, const void *key, const void *value, __u64 flags) = (void *)2;
/// Removes `key` from the map.
static long (*const bpf_map_delete_elem)(void *map, const void *key) = (void *)3;

// MARK: - Linux 4.1

/// Copies from a kernel address that may be invalid; superseded by bpf_probe_read_kernel and _user.
static long (*const bpf_probe_read)(void *dst, __u32 size, const void *unsafe_ptr) = (void *)4;
/// Returns nanoseconds since boot, without the time spent suspended (CLOCK_MONOTONIC).
static __u64 (*const bpf_ktime_get_ns)(void) = (void *)5;
/// Writes a line with up to three arguments to the trace pipe, for debugging. See bpf_printk.
static long (*const bpf_trace_printk)(const char *fmt, __u32 fmt_size, ...) = (void *)6;
/// Returns a pseudo-random number that is not fit for cryptography.
static __u32 (*const bpf_get_prandom_u32)(void) = (void *)7;
/// Returns the number of the CPU that the program runs on.
static __bpf_fastcall __u32 (*const bpf_get_smp_processor_id)(void) = (void *)8;
/// Writes `len` bytes into the packet. The program must check packet pointers again afterwards.
static long (*const bpf_skb_store_bytes)(
    struct __sk_buff *skb, __u32 offset, const void *from, __u32 len, __u64 flags) = (void *)9;
/// Adjusts the IP checksum at `offset` for a field of 2 or 4 bytes that changed from `from` to `to`.
static long (*const bpf_l3_csum_replace)(
    struct __sk_buff *skb, __u32 offset, __u64 from, __u64 to, __u64 size) = (void *)10;
/// Adjusts the TCP, UDP or ICMP checksum at `offset`; the field's size is in the low bits of `flags`.
static long (*const bpf_l4_csum_replace)(
    struct __sk_buff *skb, __u32 offset, __u64 from, __u64 to, __u64 flags) = (void *)11;

// MARK: - Linux 4.2

/// Continues with the program at `index` of a program array; returns only if that fails.
static long (*const bpf_tail_call)(void *ctx, void *prog_array_map, __u32 index) = (void *)12;
/// Sends a copy of the packet to another interface. The program keeps the original.
static long (*const bpf_clone_redirect)(struct __sk_buff *skb, __u32 ifindex, __u64 flags) = (void *)13;
/// Returns the running task's tgid (user space: process id) in the upper half, its pid (thread id) in the lower.
static __u64 (*const bpf_get_current_pid_tgid)(void) = (void *)14;
/// Returns the running task's gid in the upper half, its uid in the lower.
static __u64 (*const bpf_get_current_uid_gid)(void) = (void *)15;
/// Copies the name of the running task, always null-terminated.
static long (*const bpf_get_current_comm)(void *buf, __u32 size_of_buf) = (void *)16;

// MARK: - Linux 4.3

/// Returns the net_cls class of the running task; for tc programs on egress.
static __u32 (*const bpf_get_cgroup_classid)(struct __sk_buff *skb) = (void *)17;
/// Pushes a VLAN tag onto the packet.
static long (*const bpf_skb_vlan_push)(struct __sk_buff *skb, __be16 vlan_proto, __u16 vlan_tci) = (void *)18;
/// Pops the outer VLAN tag from the packet.
static long (*const bpf_skb_vlan_pop)(struct __sk_buff *skb) = (void *)19;
/// Reads the packet's tunnel metadata from the tunnel device: addresses, tunnel id.
static long (*const bpf_skb_get_tunnel_key)(
    struct __sk_buff *skb, struct bpf_tunnel_key *key, __u32 size, __u64 flags) = (void *)20;
/// Sets the tunnel metadata with which the tunnel device sends the packet.
static long (*const bpf_skb_set_tunnel_key)(
    struct __sk_buff *skb, struct bpf_tunnel_key *key, __u32 size, __u64 flags) = (void *)21;
/// Returns the count of a perf event in the map. An error looks like a count: use bpf_perf_event_read_value.
static __u64 (*const bpf_perf_event_read)(void *map, __u64 flags) = (void *)22;

// MARK: - Linux 4.4

/// Redirects the packet to another interface when the program returns this function's result.
static long (*const bpf_redirect)(__u32 ifindex, __u64 flags) = (void *)23;
/// Returns the realm of the packet's route; 0 if it has none.
static __u32 (*const bpf_get_route_realm)(struct __sk_buff *skb) = (void *)24;
/// Writes a record into the perf buffer of a CPU (BPF_F_CURRENT_CPU: the current one).
static long (*const bpf_perf_event_output)(
    void *ctx, void *map, __u64 flags, void *data, __u64 size) = (void *)25;

// MARK: - Linux 4.5

/// Copies `len` bytes from the packet, including its non-linear part.
static long (*const bpf_skb_load_bytes)(const void *skb, __u32 offset, void *to, __u32 len) = (void *)26;

// MARK: - Linux 4.6

/// Stores a kernel or user stack in a stack trace map, and returns its id.
static long (*const bpf_get_stackid)(void *ctx, void *map, __u64 flags) = (void *)27;
/// Returns the checksum of the difference of two buffers, whose sizes are multiples of 4, added to `seed`.
static __s64 (*const bpf_csum_diff)(
    __be32 *from, __u32 from_size, __be32 *to, __u32 to_size, __wsum seed) = (void *)28;
/// Reads the options of the packet's tunnel header (Geneve, VXLAN).
static long (*const bpf_skb_get_tunnel_opt)(struct __sk_buff *skb, void *opt, __u32 size) = (void *)29;
/// Sets the options of the packet's tunnel header.
static long (*const bpf_skb_set_tunnel_opt)(struct __sk_buff *skb, void *opt, __u32 size) = (void *)30;

// MARK: - Linux 4.8

/// Converts an IPv4 packet to IPv6 or back: changes its size only. The program writes the headers.
static long (*const bpf_skb_change_proto)(struct __sk_buff *skb, __be16 proto, __u64 flags) = (void *)31;
/// Sets the packet's type (PACKET_HOST, PACKET_OTHERHOST, ...).
static long (*const bpf_skb_change_type)(struct __sk_buff *skb, __u32 type) = (void *)32;
/// Returns whether the packet's socket belongs to a cgroup of the map: 1, 0, or an error.
static long (*const bpf_skb_under_cgroup)(struct __sk_buff *skb, void *map, __u32 index) = (void *)33;
/// Returns the packet's flow hash, computed if necessary.
static __u32 (*const bpf_get_hash_recalc)(struct __sk_buff *skb) = (void *)34;
/// Returns the address of the running task's task_struct, as a number.
static __u64 (*const bpf_get_current_task)(void) = (void *)35;
/// Writes into the running task's memory, for experiments. The kernel logs a warning when such programs load.
static long (*const bpf_probe_write_user)(void *dst, const void *src, __u32 len) = (void *)36;

// MARK: - Linux 4.9

/// Returns whether the running task belongs to a cgroup of the map: 1, 0, or an error.
static long (*const bpf_current_task_under_cgroup)(void *map, __u32 index) = (void *)37;
/// Sets the packet's length by trimming or extending its end.
static long (*const bpf_skb_change_tail)(struct __sk_buff *skb, __u32 len, __u64 flags) = (void *)38;
/// Makes the first `len` bytes of the packet directly accessible (0: its linear part).
static long (*const bpf_skb_pull_data)(struct __sk_buff *skb, __u32 len) = (void *)39;
/// Adds to the checksum that the driver supplied for the whole packet.
static __s64 (*const bpf_csum_update)(struct __sk_buff *skb, __wsum csum) = (void *)40;
/// Invalidates the packet's flow hash. The kernel computes it when it is next needed.
static void (*const bpf_set_hash_invalid)(struct __sk_buff *skb) = (void *)41;

// MARK: - Linux 4.10

/// Returns the NUMA node that the program runs on.
static long (*const bpf_get_numa_node_id)(void) = (void *)42;
/// Adds `len` bytes of space before the packet.
static long (*const bpf_skb_change_head)(struct __sk_buff *skb, __u32 len, __u64 flags) = (void *)43;
/// Moves the frame's start by `delta` bytes. A negative value adds space.
static long (*const bpf_xdp_adjust_head)(struct xdp_md *xdp_md, int delta) = (void *)44;

// MARK: - Linux 4.11

/// Copies a string from a kernel address; superseded by bpf_probe_read_kernel_str and _user_str.
static long (*const bpf_probe_read_str)(void *dst, __u32 size, const void *unsafe_ptr) = (void *)45;

// MARK: - Linux 4.12

/// Returns the socket's cookie: a number that is unique and constant for the socket's lifetime.
static __u64 (*const bpf_get_socket_cookie)(void *ctx) = (void *)46;
/// Returns the id of the user who owns the packet's socket.
static __u32 (*const bpf_get_socket_uid)(struct __sk_buff *skb) = (void *)47;

// MARK: - Linux 4.13

/// Sets the packet's flow hash.
static long (*const bpf_set_hash)(struct __sk_buff *skb, __u32 hash) = (void *)48;
/// Calls setsockopt(2) on the context's socket.
static long (*const bpf_setsockopt)(
    void *bpf_socket, int level, int optname, void *optval, int optlen) = (void *)49;
/// Grows or shrinks the packet by `len_diff` bytes after its MAC or network header.
static long (*const bpf_skb_adjust_room)(
    struct __sk_buff *skb, __s32 len_diff, __u32 mode, __u64 flags) = (void *)50;

// MARK: - Linux 4.14

/// Redirects the packet to the device, CPU or AF_XDP socket at `key` of the map.
static long (*const bpf_redirect_map)(void *map, __u64 key, __u64 flags) = (void *)51;
/// Redirects the packet to a socket of a socket map.
static long (*const bpf_sk_redirect_map)(
    struct __sk_buff *skb, void *map, __u32 key, __u64 flags) = (void *)52;
/// Adds the context's socket to a socket map.
static long (*const bpf_sock_map_update)(
    struct bpf_sock_ops *skops, void *map, void *key, __u64 flags) = (void *)53;

// MARK: - Linux 4.15

/// Moves the start of the metadata before the frame by `delta` bytes.
static long (*const bpf_xdp_adjust_meta)(struct xdp_md *xdp_md, int delta) = (void *)54;
/// Reads the count, enabled time and running time of a perf event in the map.
static long (*const bpf_perf_event_read_value)(
    void *map, __u64 flags, struct bpf_perf_event_value *buf, __u32 buf_size) = (void *)55;
/// Reads the count, enabled time and running time of the event that triggered the program.
static long (*const bpf_perf_prog_read_value)(
    struct bpf_perf_event_data *ctx, struct bpf_perf_event_value *buf, __u32 buf_size) = (void *)56;
/// Calls getsockopt(2) on the context's socket.
static long (*const bpf_getsockopt)(
    void *bpf_socket, int level, int optname, void *optval, int optlen) = (void *)57;

// MARK: - Linux 4.16

/// Makes the probed function return `rc` without running. Only for functions that allow error injection.
static long (*const bpf_override_return)(struct pt_regs *regs, __u64 rc) = (void *)58;
/// Selects the later events of the connection that call the program.
static long (*const bpf_sock_ops_cb_flags_set)(struct bpf_sock_ops *bpf_sock, int argval) = (void *)59;

// MARK: - Linux 4.17

/// Redirects the message to a socket of a socket map.
static long (*const bpf_msg_redirect_map)(
    struct sk_msg_md *msg, void *map, __u32 key, __u64 flags) = (void *)60;
/// Applies the verdict to the next `bytes` bytes, across any number of messages.
static long (*const bpf_msg_apply_bytes)(struct sk_msg_md *msg, __u32 bytes) = (void *)61;
/// Delays the program's next call until `bytes` bytes have accumulated.
static long (*const bpf_msg_cork_bytes)(struct sk_msg_md *msg, __u32 bytes) = (void *)62;
/// Makes bytes `start` to `end` of the message directly accessible.
static long (*const bpf_msg_pull_data)(
    struct sk_msg_md *msg, __u32 start, __u32 end, __u64 flags) = (void *)63;
/// Binds the connecting socket to a local address.
static long (*const bpf_bind)(struct bpf_sock_addr *ctx, struct sockaddr *addr, int addr_len) = (void *)64;

// MARK: - Linux 4.18

/// Moves the frame's end by `delta` bytes.
static long (*const bpf_xdp_adjust_tail)(struct xdp_md *xdp_md, int delta) = (void *)65;
/// Reads the IPsec state of the packet at `index`.
static long (*const bpf_skb_get_xfrm_state)(
    struct __sk_buff *skb, __u32 index, struct bpf_xfrm_state *xfrm_state, __u32 size, __u64 flags) = (void *)66;
/// Copies a kernel or user stack into the buffer, and returns the number of bytes.
static long (*const bpf_get_stack)(void *ctx, void *buf, __u32 size, __u64 flags) = (void *)67;
/// Copies bytes from the packet, at an offset from its MAC or network header.
static long (*const bpf_skb_load_bytes_relative)(
    const void *skb, __u32 offset, void *to, __u32 len, __u32 start_header) = (void *)68;
/// Looks up the next hop in the routing tables. Returns 0, or a positive reason (BPF_FIB_LKUP_RET_*).
static long (*const bpf_fib_lookup)(
    void *ctx, struct bpf_fib_lookup *params, int plen, __u32 flags) = (void *)69;
/// Adds the context's socket to a socket hash.
static long (*const bpf_sock_hash_update)(
    struct bpf_sock_ops *skops, void *map, void *key, __u64 flags) = (void *)70;
/// Redirects the message to a socket of a socket hash.
static long (*const bpf_msg_redirect_hash)(
    struct sk_msg_md *msg, void *map, void *key, __u64 flags) = (void *)71;
/// Redirects the packet to a socket of a socket hash.
static long (*const bpf_sk_redirect_hash)(
    struct __sk_buff *skb, void *map, void *key, __u64 flags) = (void *)72;
/// Pushes an outer header (IPv6 segment routing, IP) onto the packet.
static long (*const bpf_lwt_push_encap)(struct __sk_buff *skb, __u32 type, void *hdr, __u32 len) = (void *)73;
/// Writes into the writable fields of the packet's segment routing header.
static long (*const bpf_lwt_seg6_store_bytes)(
    struct __sk_buff *skb, __u32 offset, const void *from, __u32 len) = (void *)74;
/// Grows or shrinks the TLVs of the segment routing header.
static long (*const bpf_lwt_seg6_adjust_srh)(struct __sk_buff *skb, __u32 offset, __s32 delta) = (void *)75;
/// Applies a segment routing action (SEG6_LOCAL_ACTION_*) to the packet.
static long (*const bpf_lwt_seg6_action)(
    struct __sk_buff *skb, __u32 action, void *param, __u32 param_len) = (void *)76;
/// Reports that a remote control's key is still held down.
static long (*const bpf_rc_repeat)(void *ctx) = (void *)77;
/// Reports a decoded key press of a remote control.
static long (*const bpf_rc_keydown)(void *ctx, __u32 protocol, __u64 scancode, __u32 toggle) = (void *)78;
/// Returns the id of the cgroup (v2) of the packet's socket.
static __u64 (*const bpf_skb_cgroup_id)(struct __sk_buff *skb) = (void *)79;
/// Returns the id of the cgroup (v2) of the running task.
static __u64 (*const bpf_get_current_cgroup_id)(void) = (void *)80;

// MARK: - Linux 4.19

/// Returns the storage of the cgroup that the program is attached to.
static void *(*const bpf_get_local_storage)(void *map, __u64 flags) = (void *)81;
/// Selects the socket of the reuseport group that is at `key` of the map.
static long (*const bpf_sk_select_reuseport)(
    struct sk_reuseport_md *reuse, void *map, void *key, __u64 flags) = (void *)82;
/// Returns the id of an ancestor of the packet's socket's cgroup; level 0 is the root.
static __u64 (*const bpf_skb_ancestor_cgroup_id)(struct __sk_buff *skb, int ancestor_level) = (void *)83;

// MARK: - Linux 4.20

/// Finds a TCP socket by its addresses. Release it with bpf_sk_release.
static struct bpf_sock *(*const bpf_sk_lookup_tcp)(
    void *ctx, struct bpf_sock_tuple *tuple, __u32 tuple_size, __u64 netns, __u64 flags) = (void *)84;
/// Finds a UDP socket by its addresses. Release it with bpf_sk_release.
static struct bpf_sock *(*const bpf_sk_lookup_udp)(
    void *ctx, struct bpf_sock_tuple *tuple, __u32 tuple_size, __u64 netns, __u64 flags) = (void *)85;
/// Releases a socket that a look-up returned.
static long (*const bpf_sk_release)(void *sock) = (void *)86;
/// Adds to a queue, stack or Bloom filter. BPF_EXIST drops the oldest element of a full queue or stack.
static long (*const bpf_map_push_elem)(void *map, const void *value, __u64 flags) = (void *)87;
/// Removes the next element from a queue or stack, and copies it.
static long (*const bpf_map_pop_elem)(void *map, void *value) = (void *)88;
/// Copies the next element of a queue or stack; for a Bloom filter, tests whether it may contain `value`.
static long (*const bpf_map_peek_elem)(void *map, void *value) = (void *)89;
/// Inserts space for `len` bytes into the message at `start`.
static long (*const bpf_msg_push_data)(
    struct sk_msg_md *msg, __u32 start, __u32 len, __u64 flags) = (void *)90;

// MARK: - Linux 5.0

/// Removes `len` bytes from the message at `start`.
static long (*const bpf_msg_pop_data)(
    struct sk_msg_md *msg, __u32 start, __u32 len, __u64 flags) = (void *)91;
/// Reports that a remote control's pointer moved.
static long (*const bpf_rc_pointer_rel)(void *ctx, __s32 rel_x, __s32 rel_y) = (void *)92;

// MARK: - Linux 5.1

/// Acquires the lock in a map's value. A program can hold one lock at a time.
static long (*const bpf_spin_lock)(struct bpf_spin_lock *lock) = (void *)93;
/// Releases the lock.
static long (*const bpf_spin_unlock)(struct bpf_spin_lock *lock) = (void *)94;
/// Returns the socket with all its fields; null if it is not a full socket.
static struct bpf_sock *(*const bpf_sk_fullsock)(struct bpf_sock *sk) = (void *)95;
/// Returns the TCP part of the socket; null if it has none.
static struct bpf_tcp_sock *(*const bpf_tcp_sock)(struct bpf_sock *sk) = (void *)96;
/// Marks the packet with "congestion experienced" if it supports ECN. Returns 1 if it is marked.
static long (*const bpf_skb_ecn_set_ce)(struct __sk_buff *skb) = (void *)97;
/// Returns the listening socket of a connection request. The program must not release it.
static struct bpf_sock *(*const bpf_get_listener_sock)(struct bpf_sock *sk) = (void *)98;

// MARK: - Linux 5.2

/// Finds a TCP socket as bpf_sk_lookup_tcp does, including request and time-wait sockets.
static struct bpf_sock *(*const bpf_skc_lookup_tcp)(
    void *ctx, struct bpf_sock_tuple *tuple, __u32 tuple_size, __u64 netns, __u64 flags) = (void *)99;
/// Checks the SYN cookie in the packet's acknowledgement. Returns 0 if it is valid.
static long (*const bpf_tcp_check_syncookie)(
    void *sk, void *iph, __u32 iph_len, struct tcphdr *th, __u32 th_len) = (void *)100;
/// Copies the name of the sysctl that is being read or written.
static long (*const bpf_sysctl_get_name)(
    struct bpf_sysctl *ctx, char *buf, unsigned long buf_len, __u64 flags) = (void *)101;
/// Copies the value of the sysctl, as /proc/sys shows it.
static long (*const bpf_sysctl_get_current_value)(
    struct bpf_sysctl *ctx, char *buf, unsigned long buf_len) = (void *)102;
/// Copies the value that is being written.
static long (*const bpf_sysctl_get_new_value)(
    struct bpf_sysctl *ctx, char *buf, unsigned long buf_len) = (void *)103;
/// Replaces the value that is being written.
static long (*const bpf_sysctl_set_new_value)(
    struct bpf_sysctl *ctx, const char *buf, unsigned long buf_len) = (void *)104;
/// Parses a signed number (`flags`: base, or 0), and returns the number of characters read.
static long (*const bpf_strtol)(const char *buf, unsigned long buf_len, __u64 flags, long *res) = (void *)105;
/// Parses an unsigned number (`flags`: base, or 0), and returns the number of characters read.
static long (*const bpf_strtoul)(
    const char *buf, unsigned long buf_len, __u64 flags, unsigned long *res) = (void *)106;
/// Returns the socket's storage in this map. BPF_SK_STORAGE_GET_F_CREATE creates it.
static void *(*const bpf_sk_storage_get)(void *map, void *sk, void *value, __u64 flags) = (void *)107;
/// Deletes the socket's storage in this map.
static long (*const bpf_sk_storage_delete)(void *map, void *sk) = (void *)108;

// MARK: - Linux 5.3

/// Sends a signal to the running process. Any of its threads may receive it.
static long (*const bpf_send_signal)(__u32 sig) = (void *)109;

// MARK: - Linux 5.4

/// Creates a SYN cookie for the packet. Returns the cookie, with the MSS in the bits above it.
static __s64 (*const bpf_tcp_gen_syncookie)(
    void *sk, void *iph, __u32 iph_len, struct tcphdr *th, __u32 th_len) = (void *)110;

// MARK: - Linux 5.5

/// Writes a record with the packet's first bytes into a perf buffer; for tracing programs.
static long (*const bpf_skb_output)(void *ctx, void *map, __u64 flags, void *data, __u64 size) = (void *)111;
/// Copies from an address of the running process that may be invalid.
static long (*const bpf_probe_read_user)(void *dst, __u32 size, const void *unsafe_ptr) = (void *)112;
/// Copies from a kernel address that may be invalid.
static long (*const bpf_probe_read_kernel)(void *dst, __u32 size, const void *unsafe_ptr) = (void *)113;
/// Copies a string of the running process. Returns its length with the terminator.
static long (*const bpf_probe_read_user_str)(void *dst, __u32 size, const void *unsafe_ptr) = (void *)114;
/// Copies a string in kernel memory. Returns its length with the terminator.
static long (*const bpf_probe_read_kernel_str)(void *dst, __u32 size, const void *unsafe_ptr) = (void *)115;

// MARK: - Linux 5.6

/// Sends an acknowledgement; for congestion control.
static long (*const bpf_tcp_send_ack)(void *tp, __u32 rcv_nxt) = (void *)116;
/// Sends a signal to the running thread.
static long (*const bpf_send_signal_thread)(__u32 sig) = (void *)117;
/// Returns the kernel's clock ticks since boot.
static __u64 (*const bpf_jiffies64)(void) = (void *)118;

// MARK: - Linux 5.7

/// Copies the branch records that the processor took with the perf event.
static long (*const bpf_read_branch_records)(
    struct bpf_perf_event_data *ctx, void *buf, __u32 size, __u64 flags) = (void *)119;
/// Reads the running task's pid and tgid in a PID namespace.
static long (*const bpf_get_ns_current_pid_tgid)(
    __u64 dev, __u64 ino, struct bpf_pidns_info *nsdata, __u32 size) = (void *)120;
/// Writes a record with the frame's first bytes into a perf buffer; for tracing programs.
static long (*const bpf_xdp_output)(void *ctx, void *map, __u64 flags, void *data, __u64 size) = (void *)121;
/// Returns the cookie of the context's network namespace; with null that of the initial one.
static __u64 (*const bpf_get_netns_cookie)(void *ctx) = (void *)122;
/// Returns the id of an ancestor of the running task's cgroup; level 0 is the root.
static __u64 (*const bpf_get_current_ancestor_cgroup_id)(int ancestor_level) = (void *)123;
/// Assigns the packet, or the socket look-up, to this socket.
static long (*const bpf_sk_assign)(void *ctx, void *sk, __u64 flags) = (void *)124;

// MARK: - Linux 5.8

/// Returns nanoseconds since boot, with the time spent suspended (CLOCK_BOOTTIME).
static __u64 (*const bpf_ktime_get_boot_ns)(void) = (void *)125;
/// Prints to an iterator's output. See BPF_SEQ_PRINTF.
static long (*const bpf_seq_printf)(
    struct seq_file *m, const char *fmt, __u32 fmt_size, const void *data, __u32 data_len) = (void *)126;
/// Writes bytes to an iterator's output.
static long (*const bpf_seq_write)(struct seq_file *m, const void *data, __u32 len) = (void *)127;
/// Returns the id of the cgroup (v2) of the socket.
static __u64 (*const bpf_sk_cgroup_id)(void *sk) = (void *)128;
/// Returns the id of an ancestor of the socket's cgroup; level 0 is the root.
static __u64 (*const bpf_sk_ancestor_cgroup_id)(void *sk, int ancestor_level) = (void *)129;
/// Copies a record into the ring buffer.
static long (*const bpf_ringbuf_output)(void *ringbuf, void *data, __u64 size, __u64 flags) = (void *)130;
/// Reserves space for a record in the ring buffer, to submit or discard; returns null if there is none.
static void *(*const bpf_ringbuf_reserve)(void *ringbuf, __u64 size, __u64 flags) = (void *)131;
/// Submits the reserved record to the reader.
static void (*const bpf_ringbuf_submit)(void *data, __u64 flags) = (void *)132;
/// Discards the reserved record.
static void (*const bpf_ringbuf_discard)(void *data, __u64 flags) = (void *)133;
/// Returns a property of the ring buffer: unread bytes, size, or a position (BPF_RB_*).
static __u64 (*const bpf_ringbuf_query)(void *ringbuf, __u64 flags) = (void *)134;
/// Returns or changes the number of the packet's checksums that are known to be valid.
static long (*const bpf_csum_level)(struct __sk_buff *skb, __u64 level) = (void *)135;

// MARK: - Linux 5.9

/// Returns the socket as an IPv6 TCP socket, or null.
static struct tcp6_sock *(*const bpf_skc_to_tcp6_sock)(void *sk) = (void *)136;
/// Returns the socket as a TCP socket, or null.
static struct tcp_sock *(*const bpf_skc_to_tcp_sock)(void *sk) = (void *)137;
/// Returns the socket as a TCP socket in time-wait, or null.
static struct tcp_timewait_sock *(*const bpf_skc_to_tcp_timewait_sock)(void *sk) = (void *)138;
/// Returns the socket as a TCP connection request, or null.
static struct tcp_request_sock *(*const bpf_skc_to_tcp_request_sock)(void *sk) = (void *)139;
/// Returns the socket as an IPv6 UDP socket, or null.
static struct udp6_sock *(*const bpf_skc_to_udp6_sock)(void *sk) = (void *)140;
/// Copies a task's stack into the buffer, and returns the number of bytes.
static long (*const bpf_get_task_stack)(
    struct task_struct *task, void *buf, __u32 size, __u64 flags) = (void *)141;

// MARK: - Linux 5.10

/// Reads the TCP header option of a given kind.
static long (*const bpf_load_hdr_opt)(
    struct bpf_sock_ops *skops, void *searchby_res, __u32 len, __u64 flags) = (void *)142;
/// Writes a TCP header option into the space reserved for it.
static long (*const bpf_store_hdr_opt)(
    struct bpf_sock_ops *skops, const void *from, __u32 len, __u64 flags) = (void *)143;
/// Reserves space for TCP header options.
static long (*const bpf_reserve_hdr_opt)(struct bpf_sock_ops *skops, __u32 len, __u64 flags) = (void *)144;
/// Returns the inode's storage in this map. BPF_LOCAL_STORAGE_GET_F_CREATE creates it.
static void *(*const bpf_inode_storage_get)(void *map, void *inode, void *value, __u64 flags) = (void *)145;
/// Deletes the inode's storage in this map.
static int (*const bpf_inode_storage_delete)(void *map, void *inode) = (void *)146;
/// Copies the path of a file as a string into `buf`. Returns its length with the terminator.
static long (*const bpf_d_path)(const struct path *path, char *buf, __u32 sz) = (void *)147;
/// Copies from the running process's memory, and may wait for pages; in sleepable programs.
static long (*const bpf_copy_from_user)(void *dst, __u32 size, const void *user_ptr) = (void *)148;
/// Prints a value by its BTF type into `str`.
static long (*const bpf_snprintf_btf)(
    char *str, __u32 str_size, struct btf_ptr *ptr, __u32 btf_ptr_size, __u64 flags) = (void *)149;
/// Prints a value by its BTF type to an iterator's output.
static long (*const bpf_seq_printf_btf)(
    struct seq_file *m, struct btf_ptr *ptr, __u32 ptr_size, __u64 flags) = (void *)150;
/// Returns the net_cls class of the packet's socket.
static __u64 (*const bpf_skb_cgroup_classid)(struct __sk_buff *skb) = (void *)151;
/// Redirects the packet to another interface and fills in the neighbor's address.
static long (*const bpf_redirect_neigh)(
    __u32 ifindex, struct bpf_redir_neigh *params, int plen, __u64 flags) = (void *)152;
/// Returns a CPU's instance of a per-CPU kernel variable; null if there is no such CPU.
static void *(*const bpf_per_cpu_ptr)(const void *percpu_ptr, __u32 cpu) = (void *)153;
/// Returns the current CPU's instance of a per-CPU kernel variable.
static void *(*const bpf_this_cpu_ptr)(const void *percpu_ptr) = (void *)154;
/// Redirects the packet to the other end of a veth or netkit pair, in that end's namespace.
static long (*const bpf_redirect_peer)(__u32 ifindex, __u64 flags) = (void *)155;

// MARK: - Linux 5.11

/// Returns the task's storage in this map. BPF_LOCAL_STORAGE_GET_F_CREATE creates it.
static void *(*const bpf_task_storage_get)(
    void *map, struct task_struct *task, void *value, __u64 flags) = (void *)156;
/// Deletes the task's storage in this map.
static long (*const bpf_task_storage_delete)(void *map, struct task_struct *task) = (void *)157;
/// Returns the running task as a typed pointer.
static struct task_struct *(*const bpf_get_current_task_btf)(void) = (void *)158;
/// Sets options of the program being executed (BPF_F_BPRM_SECUREEXEC).
static long (*const bpf_bprm_opts_set)(struct linux_binprm *bprm, __u64 flags) = (void *)159;
/// Returns nanoseconds since boot as of the last tick: cheaper and less precise.
static __u64 (*const bpf_ktime_get_coarse_ns)(void) = (void *)160;
/// Copies the hash that IMA stored for the inode, and returns its algorithm.
static long (*const bpf_ima_inode_hash)(struct inode *inode, void *dst, __u32 size) = (void *)161;
/// Returns the socket of a file, or null.
static struct socket *(*const bpf_sock_from_file)(struct file *file) = (void *)162;

// MARK: - Linux 5.12

/// Checks whether the packet, changed by `len_diff` bytes, fits the interface's MTU.
static long (*const bpf_check_mtu)(
    void *ctx, __u32 ifindex, __u32 *mtu_len, __s32 len_diff, __u64 flags) = (void *)163;

// MARK: - Linux 5.13

/// Calls `callback_fn` for each element of the map until it returns 1.
static long (*const bpf_for_each_map_elem)(
    void *map, void *callback_fn, void *callback_ctx, __u64 flags) = (void *)164;
/// Prints into `str`. See BPF_SNPRINTF.
static long (*const bpf_snprintf)(
    char *str, __u32 str_size, const char *fmt, __u64 *data, __u32 data_len) = (void *)165;

// MARK: - Linux 5.14

/// Calls bpf(2); in syscall programs.
static long (*const bpf_sys_bpf)(__u32 cmd, void *attr, __u32 attr_size) = (void *)166;
/// Returns the id of a kernel type by name, with the BTF's descriptor in the upper half; in syscall programs.
static long (*const bpf_btf_find_by_name_kind)(char *name, int name_sz, __u32 kind, int flags) = (void *)167;
/// Closes a descriptor; in syscall programs.
static long (*const bpf_sys_close)(__u32 fd) = (void *)168;

// MARK: - Linux 5.15

/// Initializes a timer in a map's value; `flags` is the clock (CLOCK_MONOTONIC, CLOCK_BOOTTIME).
static long (*const bpf_timer_init)(struct bpf_timer *timer, void *map, __u64 flags) = (void *)169;
/// Sets the function that the timer calls: (map, key, value).
static long (*const bpf_timer_set_callback)(struct bpf_timer *timer, void *callback_fn) = (void *)170;
/// Starts the timer to expire after `nsecs`.
static long (*const bpf_timer_start)(struct bpf_timer *timer, __u64 nsecs, __u64 flags) = (void *)171;
/// Stops the timer and waits for its callback. Returns 1 if the timer was active.
static long (*const bpf_timer_cancel)(struct bpf_timer *timer) = (void *)172;
/// Returns the address of the probed or traced function.
static __u64 (*const bpf_get_func_ip)(void *ctx) = (void *)173;
/// Returns the cookie that was set when the program was attached.
static __u64 (*const bpf_get_attach_cookie)(void *ctx) = (void *)174;
/// Returns the address of the task's user registers, saved when it entered the kernel.
static long (*const bpf_task_pt_regs)(struct task_struct *task) = (void *)175;

// MARK: - Linux 5.16

/// Copies the branches that the processor recorded last.
static long (*const bpf_get_branch_snapshot)(void *entries, __u32 size, __u64 flags) = (void *)176;
/// Writes a line with up to twelve arguments to the trace pipe. See bpf_printk.
static long (*const bpf_trace_vprintk)(
    const char *fmt, __u32 fmt_size, const void *data, __u32 data_len) = (void *)177;
/// Returns the socket as a Unix socket, or null.
static struct unix_sock *(*const bpf_skc_to_unix_sock)(void *sk) = (void *)178;
/// Looks up the address of a kernel symbol; in syscall programs.
static long (*const bpf_kallsyms_lookup_name)(
    const char *name, int name_sz, int flags, __u64 *res) = (void *)179;

// MARK: - Linux 5.17

/// Calls `callback_fn` with the task's memory area that contains `addr`.
static long (*const bpf_find_vma)(
    struct task_struct *task, __u64 addr, void *callback_fn, void *callback_ctx, __u64 flags) = (void *)180;
/// Calls `callback_fn` up to `nr_loops` times, until it returns 1. Returns the number of calls.
static long (*const bpf_loop)(
    __u32 nr_loops, void *callback_fn, void *callback_ctx, __u64 flags) = (void *)181;
/// Compares a string of at most `s1_sz` bytes with a read-only string, as strncmp(3) does.
static long (*const bpf_strncmp)(const char *s1, __u32 s1_sz, const char *s2) = (void *)182;
/// Reads argument `n` of the traced function, counted from 0.
static long (*const bpf_get_func_arg)(void *ctx, __u32 n, __u64 *value) = (void *)183;
/// Reads the return value of the traced function.
static long (*const bpf_get_func_ret)(void *ctx, __u64 *value) = (void *)184;
/// Returns the number of the traced function's argument registers.
static long (*const bpf_get_func_arg_cnt)(void *ctx) = (void *)185;

// MARK: - Linux 5.18

/// Returns the system call's current return value; in cgroup programs.
static int (*const bpf_get_retval)(void) = (void *)186;
/// Sets the system call's return value; in cgroup programs.
static int (*const bpf_set_retval)(int retval) = (void *)187;
/// Returns the length of the frame with its fragments.
static __u64 (*const bpf_xdp_get_buff_len)(struct xdp_md *xdp_md) = (void *)188;
/// Copies bytes from the frame, including its fragments.
static long (*const bpf_xdp_load_bytes)(
    struct xdp_md *xdp_md, __u32 offset, void *buf, __u32 len) = (void *)189;
/// Writes bytes into the frame, including its fragments.
static long (*const bpf_xdp_store_bytes)(
    struct xdp_md *xdp_md, __u32 offset, void *buf, __u32 len) = (void *)190;
/// Copies from another task's memory, and may wait for pages; in sleepable programs.
static long (*const bpf_copy_from_user_task)(
    void *dst, __u32 size, const void *user_ptr, struct task_struct *tsk, __u64 flags) = (void *)191;
/// Sets the packet's time stamp and the time stamp's type.
static long (*const bpf_skb_set_tstamp)(struct __sk_buff *skb, __u64 tstamp, __u32 tstamp_type) = (void *)192;
/// Copies IMA's hash of the file, computed if necessary, and returns its algorithm.
static long (*const bpf_ima_file_hash)(struct file *file, void *dst, __u32 size) = (void *)193;

// MARK: - Linux 5.19

/// Stores a pointer to a kernel object in a map's value. Returns the old pointer, which the program must release.
static void *(*const bpf_kptr_xchg)(void *dst, void *ptr) = (void *)194;
/// Returns a pointer to a CPU's value of `key`; null if there is none.
static void *(*const bpf_map_lookup_percpu_elem)(void *map, const void *key, __u32 cpu) = (void *)195;
/// Returns the socket as a multipath TCP socket, or null.
static struct mptcp_sock *(*const bpf_skc_to_mptcp_sock)(void *sk) = (void *)196;
/// Creates a dynptr over memory of a map's value.
static long (*const bpf_dynptr_from_mem)(
    void *data, __u32 size, __u64 flags, struct bpf_dynptr *ptr) = (void *)197;
/// Reserves space in the ring buffer, of a size known only at run time, as a dynptr.
static long (*const bpf_ringbuf_reserve_dynptr)(
    void *ringbuf, __u32 size, __u64 flags, struct bpf_dynptr *ptr) = (void *)198;
/// Submits the dynptr's record to the reader.
static void (*const bpf_ringbuf_submit_dynptr)(struct bpf_dynptr *ptr, __u64 flags) = (void *)199;
/// Discards the dynptr's record.
static void (*const bpf_ringbuf_discard_dynptr)(struct bpf_dynptr *ptr, __u64 flags) = (void *)200;
/// Copies `len` bytes from the dynptr, starting at `offset`.
static long (*const bpf_dynptr_read)(
    void *dst, __u32 len, const struct bpf_dynptr *src, __u32 offset, __u64 flags) = (void *)201;
/// Copies `len` bytes into the dynptr, starting at `offset`.
static long (*const bpf_dynptr_write)(
    const struct bpf_dynptr *dst, __u32 offset, void *src, __u32 len, __u64 flags) = (void *)202;
/// Returns the address of `len` bytes of the dynptr (a constant); null if it has fewer.
static void *(*const bpf_dynptr_data)(const struct bpf_dynptr *ptr, __u32 offset, __u32 len) = (void *)203;

// MARK: - Linux 6.0

/// Creates a SYN cookie for an IPv4 packet, without a socket.
static __s64 (*const bpf_tcp_raw_gen_syncookie_ipv4)(
    struct iphdr *iph, struct tcphdr *th, __u32 th_len) = (void *)204;
/// Creates a SYN cookie for an IPv6 packet, without a socket.
static __s64 (*const bpf_tcp_raw_gen_syncookie_ipv6)(
    struct ipv6hdr *iph, struct tcphdr *th, __u32 th_len) = (void *)205;
/// Checks the SYN cookie of an IPv4 packet, without a socket. Returns 0 if it is valid.
static long (*const bpf_tcp_raw_check_syncookie_ipv4)(struct iphdr *iph, struct tcphdr *th) = (void *)206;
/// Checks the SYN cookie of an IPv6 packet, without a socket. Returns 0 if it is valid.
static long (*const bpf_tcp_raw_check_syncookie_ipv6)(struct ipv6hdr *iph, struct tcphdr *th) = (void *)207;

// MARK: - Linux 6.1

/// Returns nanoseconds of International Atomic Time (CLOCK_TAI).
static __u64 (*const bpf_ktime_get_tai_ns)(void) = (void *)208;
/// Calls `callback_fn` for each record from user space. Returns the number of records.
static long (*const bpf_user_ringbuf_drain)(
    void *map, void *callback_fn, void *ctx, __u64 flags) = (void *)209;

// MARK: - Linux 6.2

/// Returns the cgroup's storage in this map. BPF_LOCAL_STORAGE_GET_F_CREATE creates it.
static void *(*const bpf_cgrp_storage_get)(
    void *map, struct cgroup *cgroup, void *value, __u64 flags) = (void *)210;
/// Deletes the cgroup's storage in this map.
static long (*const bpf_cgrp_storage_delete)(void *map, struct cgroup *cgroup) = (void *)211;

#endif
