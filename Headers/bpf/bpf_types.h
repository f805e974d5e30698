//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

// The kernel's public types, for programs that use no internal kernel types: those of maps, helpers, network contexts
// and the registers of probed processes. Include this header first, instead of vmlinux.h or <linux/bpf.h>. After one of
// them, it adds only constants that are macros in the kernel, which vmlinux.h therefore lacks.

#ifndef __BPF_TYPES_H__
#define __BPF_TYPES_H__

#include "bpf_constants.h"
#include "bpf_scalars.h"

#if !defined(__VMLINUX_H__) && !defined(__LINUX_BPF_H__) && !defined(_UAPI__LINUX_BPF_H__)

// A later #include <linux/bpf.h> has no effect.
#define __LINUX_BPF_H__

#if !defined(__cplusplus) && !(defined(__STDC_VERSION__) && __STDC_VERSION__ > 201710L) && !defined(bool)
typedef _Bool bool;
enum { false = 0, true = 1 };
#endif

// MARK: - Maps

enum bpf_map_type {
  BPF_MAP_TYPE_UNSPEC = 0, BPF_MAP_TYPE_HASH = 1, BPF_MAP_TYPE_ARRAY = 2, BPF_MAP_TYPE_PROG_ARRAY = 3,
  BPF_MAP_TYPE_PERF_EVENT_ARRAY = 4, BPF_MAP_TYPE_PERCPU_HASH = 5, BPF_MAP_TYPE_PERCPU_ARRAY = 6,
  BPF_MAP_TYPE_STACK_TRACE = 7, BPF_MAP_TYPE_CGROUP_ARRAY = 8, BPF_MAP_TYPE_LRU_HASH = 9,
  BPF_MAP_TYPE_LRU_PERCPU_HASH = 10, BPF_MAP_TYPE_LPM_TRIE = 11, BPF_MAP_TYPE_ARRAY_OF_MAPS = 12,
  BPF_MAP_TYPE_HASH_OF_MAPS = 13, BPF_MAP_TYPE_DEVMAP = 14, BPF_MAP_TYPE_SOCKMAP = 15,
  BPF_MAP_TYPE_CPUMAP = 16, BPF_MAP_TYPE_XSKMAP = 17, BPF_MAP_TYPE_SOCKHASH = 18,
  BPF_MAP_TYPE_CGROUP_STORAGE_DEPRECATED = 19, BPF_MAP_TYPE_CGROUP_STORAGE = 19,
  BPF_MAP_TYPE_REUSEPORT_SOCKARRAY = 20, BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE_DEPRECATED = 21,
  BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE = 21, BPF_MAP_TYPE_QUEUE = 22, BPF_MAP_TYPE_STACK = 23,
  BPF_MAP_TYPE_SK_STORAGE = 24, BPF_MAP_TYPE_DEVMAP_HASH = 25, BPF_MAP_TYPE_STRUCT_OPS = 26,
  BPF_MAP_TYPE_RINGBUF = 27, BPF_MAP_TYPE_INODE_STORAGE = 28, BPF_MAP_TYPE_TASK_STORAGE = 29,
  BPF_MAP_TYPE_BLOOM_FILTER = 30, BPF_MAP_TYPE_USER_RINGBUF = 31, BPF_MAP_TYPE_CGRP_STORAGE = 32,
  BPF_MAP_TYPE_ARENA = 33, BPF_MAP_TYPE_INSN_ARRAY = 34, BPF_MAP_TYPE_RHASH = 35,
};

/// Flags of an update: whether the element may or must exist.
enum {
  BPF_ANY = 0, BPF_NOEXIST = 1, BPF_EXIST = 2, BPF_F_LOCK = 4,
};

/// Flags for creating a map: `__uint(map_flags, ...)`.
enum {
  BPF_F_NO_PREALLOC = 1, BPF_F_NO_COMMON_LRU = 2, BPF_F_NUMA_NODE = 4, BPF_F_RDONLY = 8, BPF_F_WRONLY = 16,
  BPF_F_STACK_BUILD_ID = 32, BPF_F_ZERO_SEED = 64, BPF_F_RDONLY_PROG = 128, BPF_F_WRONLY_PROG = 0x100,
  BPF_F_CLONE = 0x200, BPF_F_MMAPABLE = 0x400, BPF_F_PRESERVE_ELEMS = 0x800, BPF_F_INNER_MAP = 0x1000,
  BPF_F_LINK = 0x2000, BPF_F_SEGV_ON_FAULT = 0x20000, BPF_F_NO_USER_CONV = 0x40000,
};

/// The start of an LPM trie's key. A program's own key type has an array of the data's length.
struct bpf_lpm_trie_key {
  __u32 prefixlen;
  __u8 data[0];
};

struct bpf_devmap_val {
  __u32 ifindex;
  union {
    int fd;
    __u32 id;
  } bpf_prog;
};

struct bpf_cpumap_val {
  __u32 qsize;
  union {
    int fd;
    __u32 id;
  } bpf_prog;
};

struct bpf_stack_build_id {
  __s32 status;
  unsigned char build_id[20];
  union {
    __u64 offset, ip;
  };
};

struct bpf_cgroup_storage_key {
  __u64 cgroup_inode_id;
  __u32 attach_type;
};

// MARK: - Kernel objects in a map's value or on the stack

struct bpf_spin_lock {
  __u32 val;
};

struct bpf_timer {
  __u64 __opaque[2];
};

struct bpf_wq {
  __u64 __opaque[2];
};

struct bpf_task_work {
  __u64 __opaque;
};

struct bpf_list_head {
  __u64 __opaque[2];
};

struct bpf_list_node {
  __u64 __opaque[3];
};

struct bpf_rb_root {
  __u64 __opaque[2];
};

struct bpf_rb_node {
  __u64 __opaque[4];
};

struct bpf_refcount {
  __u32 __opaque[1];
};

struct bpf_dynptr {
  __u64 __opaque[2];
};

struct bpf_iter_num {
  __u64 __opaque[1];
};

// MARK: - Flags of helpers

/// bpf_perf_event_output and similar helpers.
enum {
  BPF_F_INDEX_MASK = 0xffffffffULL, BPF_F_CURRENT_CPU = 0xffffffffULL,
  BPF_F_CTXLEN_MASK = 0xfffff00000000ULL,
};

/// bpf_get_stackid, bpf_get_stack.
enum {
  BPF_F_SKIP_FIELD_MASK = 255, BPF_F_USER_STACK = 0x100, BPF_F_FAST_STACK_CMP = 0x200,
  BPF_F_REUSE_STACKID = 0x400, BPF_F_USER_BUILD_ID = 0x800,
};

/// bpf_ringbuf_submit and _output, then bpf_ringbuf_query.
enum {
  BPF_RB_NO_WAKEUP = 1, BPF_RB_FORCE_WAKEUP = 2, BPF_RB_AVAIL_DATA = 0, BPF_RB_RING_SIZE = 1,
  BPF_RB_CONS_POS = 2, BPF_RB_PROD_POS = 3,
};

/// bpf_sk_storage_get, and the same for inodes, tasks and cgroups.
enum {
  BPF_LOCAL_STORAGE_GET_F_CREATE = 1, BPF_SK_STORAGE_GET_F_CREATE = 1,
};

/// bpf_timer_start.
enum {
  BPF_F_TIMER_ABS = 1, BPF_F_TIMER_CPU_PIN = 2,
};

/// bpf_stream_printk.
enum bpf_stream_id {
  BPF_STDOUT = 1, BPF_STDERR = 2,
};

/// bpf_skb_store_bytes, bpf_l4_csum_replace.
enum {
  BPF_F_RECOMPUTE_CSUM = 1, BPF_F_INVALIDATE_HASH = 2, BPF_F_HDR_FIELD_MASK = 15, BPF_F_PSEUDO_HDR = 16,
  BPF_F_MARK_MANGLED_0 = 32, BPF_F_MARK_ENFORCE = 64, BPF_F_IPV6 = 128,
};

/// bpf_csum_level.
enum {
  BPF_CSUM_LEVEL_QUERY = 0, BPF_CSUM_LEVEL_INC = 1, BPF_CSUM_LEVEL_DEC = 2, BPF_CSUM_LEVEL_RESET = 3,
};

/// bpf_redirect, bpf_redirect_map, bpf_clone_redirect.
enum {
  BPF_F_INGRESS = 1, BPF_F_BROADCAST = 8, BPF_F_EXCLUDE_INGRESS = 16,
};

/// bpf_skb_get_tunnel_key, bpf_skb_set_tunnel_key.
enum {
  BPF_F_TUNINFO_IPV6 = 1, BPF_F_ZERO_CSUM_TX = 2, BPF_F_DONT_FRAGMENT = 4, BPF_F_SEQ_NUMBER = 8,
  BPF_F_NO_TUNNEL_KEY = 16, BPF_F_TUNINFO_FLAGS = 16,
};

/// bpf_skb_adjust_room.
enum bpf_adj_room_mode {
  BPF_ADJ_ROOM_NET = 0, BPF_ADJ_ROOM_MAC = 1,
};
enum {
  BPF_F_ADJ_ROOM_FIXED_GSO = 1, BPF_F_ADJ_ROOM_ENCAP_L3_IPV4 = 2, BPF_F_ADJ_ROOM_ENCAP_L3_IPV6 = 4,
  BPF_F_ADJ_ROOM_ENCAP_L4_GRE = 8, BPF_F_ADJ_ROOM_ENCAP_L4_UDP = 16, BPF_F_ADJ_ROOM_NO_CSUM_RESET = 32,
  BPF_F_ADJ_ROOM_ENCAP_L2_ETH = 64, BPF_F_ADJ_ROOM_DECAP_L3_IPV4 = 128,
  BPF_F_ADJ_ROOM_DECAP_L3_IPV6 = 0x100,
};

/// bpf_skb_load_bytes_relative.
enum bpf_hdr_start_off {
  BPF_HDR_START_MAC = 0, BPF_HDR_START_NET = 1,
};

/// bpf_lwt_push_encap.
enum bpf_lwt_encap_mode {
  BPF_LWT_ENCAP_SEG6 = 0, BPF_LWT_ENCAP_SEG6_INLINE = 1, BPF_LWT_ENCAP_IP = 2,
};

/// bpf_skb_set_tstamp.
enum {
  BPF_SKB_CLOCK_REALTIME = 0, BPF_SKB_CLOCK_MONOTONIC = 1, BPF_SKB_CLOCK_TAI = 2,
};

/// bpf_sk_lookup_tcp and similar helpers.
enum { BPF_F_CURRENT_NETNS = (-1L) };

/// bpf_sysctl_get_name, bpf_load_hdr_opt, bpf_bprm_opts_set.
enum {
  BPF_F_SYSCTL_BASE_NAME = 1, BPF_LOAD_HDR_OPT_TCP_SYN = 1, BPF_F_BPRM_SECUREEXEC = 1,
};

/// bpf_fib_lookup: flags, then results.
enum {
  BPF_FIB_LOOKUP_DIRECT = 1, BPF_FIB_LOOKUP_OUTPUT = 2, BPF_FIB_LOOKUP_SKIP_NEIGH = 4,
  BPF_FIB_LOOKUP_TBID = 8, BPF_FIB_LOOKUP_SRC = 16, BPF_FIB_LOOKUP_MARK = 32,
};
enum {
  BPF_FIB_LKUP_RET_SUCCESS = 0, BPF_FIB_LKUP_RET_BLACKHOLE = 1, BPF_FIB_LKUP_RET_UNREACHABLE = 2,
  BPF_FIB_LKUP_RET_PROHIBIT = 3, BPF_FIB_LKUP_RET_NOT_FWDED = 4, BPF_FIB_LKUP_RET_FWD_DISABLED = 5,
  BPF_FIB_LKUP_RET_UNSUPP_LWT = 6, BPF_FIB_LKUP_RET_NO_NEIGH = 7, BPF_FIB_LKUP_RET_FRAG_NEEDED = 8,
  BPF_FIB_LKUP_RET_NO_SRC_ADDR = 9,
};

/// bpf_check_mtu: flags, then results.
enum bpf_check_mtu_flags {
  BPF_MTU_CHK_SEGS = 1,
};
enum bpf_check_mtu_ret {
  BPF_MTU_CHK_RET_SUCCESS = 0, BPF_MTU_CHK_RET_FRAG_NEEDED = 1, BPF_MTU_CHK_RET_SEGS_TOOBIG = 2,
};

#include "bpf_contexts.h"
#include "bpf_user_regs.h"

#endif

#endif
