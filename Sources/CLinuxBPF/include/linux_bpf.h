//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// The kernel interface of bpf(2), as of Linux 6.18: constants, flags and argument layouts.
///
/// This header does not include <linux/bpf.h>, so the library's features do not depend on the age of the headers
/// installed on the build machine. All names have a prefix, so that a program may include both headers.
///
/// The kernel takes one union for all commands, and its size. Here each command has its own structure without unused
/// fields at the end. Padding is explicit, in `reserved` fields, and must be zero: the kernel rejects arguments with
/// other values in unused bytes.

#ifndef LINUX_BPF_H
#define LINUX_BPF_H

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

// MARK: - Commands

/// The first argument of bpf(2). `enum bpf_cmd`.
enum linux_bpf_command {
  LINUX_BPF_MAP_CREATE = 0,                        // Linux 3.18
  LINUX_BPF_MAP_LOOKUP_ELEM = 1,                   // Linux 3.18
  LINUX_BPF_MAP_UPDATE_ELEM = 2,                   // Linux 3.18
  LINUX_BPF_MAP_DELETE_ELEM = 3,                   // Linux 3.18
  LINUX_BPF_MAP_GET_NEXT_KEY = 4,                  // Linux 3.18
  LINUX_BPF_PROG_LOAD = 5,                         // Linux 3.18
  LINUX_BPF_OBJ_PIN = 6,                           // Linux 4.4
  LINUX_BPF_OBJ_GET = 7,                           // Linux 4.4
  LINUX_BPF_PROG_ATTACH = 8,                       // Linux 4.10
  LINUX_BPF_PROG_DETACH = 9,                       // Linux 4.10
  LINUX_BPF_PROG_TEST_RUN = 10,                    // Linux 4.12
  LINUX_BPF_PROG_GET_NEXT_ID = 11,                 // Linux 4.13
  LINUX_BPF_MAP_GET_NEXT_ID = 12,                  // Linux 4.13
  LINUX_BPF_PROG_GET_FD_BY_ID = 13,                // Linux 4.13
  LINUX_BPF_MAP_GET_FD_BY_ID = 14,                 // Linux 4.13
  LINUX_BPF_OBJ_GET_INFO_BY_FD = 15,               // Linux 4.13
  LINUX_BPF_PROG_QUERY = 16,                       // Linux 4.15
  LINUX_BPF_RAW_TRACEPOINT_OPEN = 17,              // Linux 4.17
  LINUX_BPF_BTF_LOAD = 18,                         // Linux 4.18
  LINUX_BPF_BTF_GET_FD_BY_ID = 19,                 // Linux 4.18
  LINUX_BPF_MAP_LOOKUP_AND_DELETE_ELEM = 21,       // Linux 4.20
  LINUX_BPF_MAP_FREEZE = 22,                       // Linux 5.2
  LINUX_BPF_BTF_GET_NEXT_ID = 23,                  // Linux 5.4
  LINUX_BPF_MAP_LOOKUP_BATCH = 24,                 // Linux 5.6
  LINUX_BPF_MAP_LOOKUP_AND_DELETE_BATCH = 25,      // Linux 5.6
  LINUX_BPF_MAP_UPDATE_BATCH = 26,                 // Linux 5.6
  LINUX_BPF_MAP_DELETE_BATCH = 27,                 // Linux 5.6
  LINUX_BPF_LINK_CREATE = 28,                      // Linux 5.7
  LINUX_BPF_LINK_UPDATE = 29,                      // Linux 5.7
  LINUX_BPF_LINK_GET_FD_BY_ID = 30,                // Linux 5.8
  LINUX_BPF_LINK_GET_NEXT_ID = 31,                 // Linux 5.8
  LINUX_BPF_ENABLE_STATS = 32,                     // Linux 5.8
  LINUX_BPF_ITER_CREATE = 33,                      // Linux 5.8
  LINUX_BPF_LINK_DETACH = 34,                      // Linux 5.9
  LINUX_BPF_PROG_BIND_MAP = 35,                    // Linux 5.10
  LINUX_BPF_TOKEN_CREATE = 36,                     // Linux 6.9
  LINUX_BPF_PROG_STREAM_READ_BY_FD = 37,           // Linux 6.17
};

// MARK: - Map types

/// `enum bpf_map_type`.
enum linux_bpf_map_type {
  LINUX_BPF_MAP_TYPE_UNSPEC = 0,
  LINUX_BPF_MAP_TYPE_HASH = 1,                     // Linux 3.19
  LINUX_BPF_MAP_TYPE_ARRAY = 2,                    // Linux 3.19
  LINUX_BPF_MAP_TYPE_PROG_ARRAY = 3,               // Linux 4.2
  LINUX_BPF_MAP_TYPE_PERF_EVENT_ARRAY = 4,         // Linux 4.3
  LINUX_BPF_MAP_TYPE_PERCPU_HASH = 5,              // Linux 4.6
  LINUX_BPF_MAP_TYPE_PERCPU_ARRAY = 6,             // Linux 4.6
  LINUX_BPF_MAP_TYPE_STACK_TRACE = 7,              // Linux 4.6
  LINUX_BPF_MAP_TYPE_CGROUP_ARRAY = 8,             // Linux 4.8
  LINUX_BPF_MAP_TYPE_LRU_HASH = 9,                 // Linux 4.10
  LINUX_BPF_MAP_TYPE_LRU_PERCPU_HASH = 10,         // Linux 4.10
  LINUX_BPF_MAP_TYPE_LPM_TRIE = 11,                // Linux 4.11
  LINUX_BPF_MAP_TYPE_ARRAY_OF_MAPS = 12,           // Linux 4.12
  LINUX_BPF_MAP_TYPE_HASH_OF_MAPS = 13,            // Linux 4.12
  LINUX_BPF_MAP_TYPE_DEVMAP = 14,                  // Linux 4.14
  LINUX_BPF_MAP_TYPE_SOCKMAP = 15,                 // Linux 4.14
  LINUX_BPF_MAP_TYPE_CPUMAP = 16,                  // Linux 4.15
  LINUX_BPF_MAP_TYPE_XSKMAP = 17,                  // Linux 4.18
  LINUX_BPF_MAP_TYPE_SOCKHASH = 18,                // Linux 4.18
  LINUX_BPF_MAP_TYPE_CGROUP_STORAGE = 19,          // Linux 4.19
  LINUX_BPF_MAP_TYPE_REUSEPORT_SOCKARRAY = 20,     // Linux 4.19
  LINUX_BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE = 21,   // Linux 4.20
  LINUX_BPF_MAP_TYPE_QUEUE = 22,                   // Linux 4.20
  LINUX_BPF_MAP_TYPE_STACK = 23,                   // Linux 4.20
  LINUX_BPF_MAP_TYPE_SK_STORAGE = 24,              // Linux 5.2
  LINUX_BPF_MAP_TYPE_DEVMAP_HASH = 25,             // Linux 5.4
  LINUX_BPF_MAP_TYPE_STRUCT_OPS = 26,              // Linux 5.6
  LINUX_BPF_MAP_TYPE_RINGBUF = 27,                 // Linux 5.8
  LINUX_BPF_MAP_TYPE_INODE_STORAGE = 28,           // Linux 5.10
  LINUX_BPF_MAP_TYPE_TASK_STORAGE = 29,            // Linux 5.11
  LINUX_BPF_MAP_TYPE_BLOOM_FILTER = 30,            // Linux 5.16
  LINUX_BPF_MAP_TYPE_USER_RINGBUF = 31,            // Linux 6.1
  LINUX_BPF_MAP_TYPE_CGRP_STORAGE = 32,            // Linux 6.2
  LINUX_BPF_MAP_TYPE_ARENA = 33,                   // Linux 6.9
  LINUX_BPF_MAP_TYPE_INSN_ARRAY = 34,              // Linux 6.19
};

// MARK: - Flags

/// Flags for look-up and update of an element.
enum linux_bpf_element_flag {
  LINUX_BPF_ANY = 0,
  LINUX_BPF_NOEXIST = 1,                           // Linux 3.18
  LINUX_BPF_EXIST = 2,                             // Linux 3.18
  LINUX_BPF_F_LOCK = 4,                            // Linux 5.1
  LINUX_BPF_F_CPU = 8,                             // Linux 7.0, with the CPU in the upper 32 bits
  LINUX_BPF_F_ALL_CPUS = 16,                       // Linux 7.0
};

/// Flags of BPF_MAP_CREATE; RDONLY and WRONLY also open a map by id or path.
enum linux_bpf_map_flag {
  LINUX_BPF_F_NO_PREALLOC = 1 << 0,                // Linux 4.6
  LINUX_BPF_F_NO_COMMON_LRU = 1 << 1,              // Linux 4.10
  LINUX_BPF_F_NUMA_NODE = 1 << 2,                  // Linux 4.14
  LINUX_BPF_F_RDONLY = 1 << 3,                     // Linux 4.15
  LINUX_BPF_F_WRONLY = 1 << 4,                     // Linux 4.15
  LINUX_BPF_F_STACK_BUILD_ID = 1 << 5,             // Linux 4.17
  LINUX_BPF_F_ZERO_SEED = 1 << 6,                  // Linux 5.0
  LINUX_BPF_F_RDONLY_PROG = 1 << 7,                // Linux 5.2
  LINUX_BPF_F_WRONLY_PROG = 1 << 8,                // Linux 5.2
  LINUX_BPF_F_CLONE = 1 << 9,                      // Linux 5.4
  LINUX_BPF_F_MMAPABLE = 1 << 10,                  // Linux 5.5
  LINUX_BPF_F_PRESERVE_ELEMS = 1 << 11,            // Linux 5.10
  LINUX_BPF_F_INNER_MAP = 1 << 12,                 // Linux 5.10
  LINUX_BPF_F_LINK = 1 << 13,                      // Linux 6.4
  LINUX_BPF_F_PATH_FD = 1 << 14,                   // Linux 6.5, BPF_OBJ_PIN and BPF_OBJ_GET
  LINUX_BPF_F_VTYPE_BTF_OBJ_FD = 1 << 15,          // Linux 6.9
  LINUX_BPF_F_TOKEN_FD = 1 << 16,                  // Linux 6.9
  LINUX_BPF_F_SEGV_ON_FAULT = 1 << 17,             // Linux 6.9
  LINUX_BPF_F_NO_USER_CONV = 1 << 18,              // Linux 6.9
  LINUX_BPF_F_RB_OVERWRITE = 1 << 19,              // Linux 6.19
};

// MARK: - Links

/// `enum bpf_link_type`.
enum linux_bpf_link_type {
  LINUX_BPF_LINK_TYPE_RAW_TRACEPOINT = 1,          // Linux 5.8
  LINUX_BPF_LINK_TYPE_TRACING = 2,                 // Linux 5.8
  LINUX_BPF_LINK_TYPE_CGROUP = 3,                  // Linux 5.8
  LINUX_BPF_LINK_TYPE_ITER = 4,                    // Linux 5.8
  LINUX_BPF_LINK_TYPE_NETNS = 5,                   // Linux 5.8
  LINUX_BPF_LINK_TYPE_XDP = 6,                     // Linux 5.9
  LINUX_BPF_LINK_TYPE_PERF_EVENT = 7,              // Linux 5.15
  LINUX_BPF_LINK_TYPE_KPROBE_MULTI = 8,            // Linux 5.18
  LINUX_BPF_LINK_TYPE_STRUCT_OPS = 9,              // Linux 5.18
  LINUX_BPF_LINK_TYPE_NETFILTER = 10,              // Linux 6.4
  LINUX_BPF_LINK_TYPE_TCX = 11,                    // Linux 6.6
  LINUX_BPF_LINK_TYPE_UPROBE_MULTI = 12,           // Linux 6.6
  LINUX_BPF_LINK_TYPE_NETKIT = 13,                 // Linux 6.7
  LINUX_BPF_LINK_TYPE_SOCKMAP = 14,                // Linux 6.10
  LINUX_BPF_LINK_TYPE_TRACING_MULTI = 15,          // Linux 7.2
};

/// The kind of a link's perf event. `enum bpf_perf_event_type`.
enum linux_bpf_perf_event_type {
  LINUX_BPF_PERF_EVENT_UPROBE = 1,                 // Linux 6.6
  LINUX_BPF_PERF_EVENT_URETPROBE = 2,              // Linux 6.6
  LINUX_BPF_PERF_EVENT_KPROBE = 3,                 // Linux 6.6
  LINUX_BPF_PERF_EVENT_KRETPROBE = 4,              // Linux 6.6
  LINUX_BPF_PERF_EVENT_TRACEPOINT = 5,             // Linux 6.6
  LINUX_BPF_PERF_EVENT_EVENT = 6,                  // Linux 6.6
};

/// Flags of BPF_LINK_CREATE, BPF_LINK_UPDATE and BPF_PROG_ATTACH. The kernel defines them as macros, which are not
/// in its BTF.
#define LINUX_BPF_F_ALLOW_OVERRIDE 0x01u  // Linux 4.10
#define LINUX_BPF_F_ALLOW_MULTI 0x02u     // Linux 4.15
#define LINUX_BPF_F_REPLACE 0x04u         // Linux 5.6
#define LINUX_BPF_F_BEFORE 0x08u          // Linux 6.6
#define LINUX_BPF_F_AFTER 0x10u           // Linux 6.6
#define LINUX_BPF_F_PREORDER 0x40u        // Linux 6.15

/// Flags of BPF_PROG_QUERY, likewise macros.
#define LINUX_BPF_F_QUERY_EFFECTIVE 0x01u // Linux 4.15

/// The size of an object's name, including the final NUL. BPF_OBJ_NAME_LEN.
#define LINUX_BPF_OBJ_NAME_LEN 16

/// The kernel's errno for an operation that an object does not support. bpf(2) returns it although it is not meant for
/// user space, and no C library names it.
#define LINUX_ENOTSUPP 524

/// `f_type` of a BPF file system, from statfs(2). BPF_FS_MAGIC.
#define LINUX_BPF_FS_MAGIC 0xcafe4a11

/// `f_type` of sysfs. SYSFS_MAGIC.
#define LINUX_SYSFS_MAGIC 0x62656572

/// `f_type` of control groups, version 1 and 2. CGROUP_SUPER_MAGIC and CGROUP2_SUPER_MAGIC.
#define LINUX_CGROUP_SUPER_MAGIC 0x27e0eb
#define LINUX_CGROUP2_SUPER_MAGIC 0x63677270

// MARK: - Arguments

/// A 64-bit field that is 8-byte aligned on every architecture, as the kernel requires.
#define LINUX_BPF_ALIGNED __attribute__((aligned(8)))

/// Argument of BPF_MAP_CREATE.
struct linux_bpf_map_create {
  uint32_t map_type;
  uint32_t key_size;
  uint32_t value_size;
  uint32_t max_entries;
  uint32_t map_flags;
  uint32_t inner_map_fd;                           // Linux 4.12
  uint32_t numa_node;                              // Linux 4.14
  char map_name[LINUX_BPF_OBJ_NAME_LEN];           // Linux 4.15
  uint32_t map_ifindex;                            // Linux 4.16
  uint32_t btf_fd;                                 // Linux 4.18
  uint32_t btf_key_type_id;                        // Linux 4.18
  uint32_t btf_value_type_id;                      // Linux 4.18
  uint32_t btf_vmlinux_value_type_id;              // Linux 5.6
  uint64_t map_extra LINUX_BPF_ALIGNED;            // Linux 5.16
  int32_t value_type_btf_obj_fd;                   // Linux 6.9
  int32_t map_token_fd;                            // Linux 6.9
  uint64_t excl_prog_hash LINUX_BPF_ALIGNED;       // Linux 6.18
  uint32_t excl_prog_hash_size;                    // Linux 6.18
  uint32_t reserved;
};

/// The second argument structure of commands with BPF_COMMON_ATTRS. `struct bpf_common_attr`.
struct linux_bpf_common_attributes {
  uint64_t log_buf LINUX_BPF_ALIGNED;              // Linux 7.2
  uint32_t log_size;                               // Linux 7.2
  uint32_t log_level;                              // Linux 7.2
  uint32_t log_true_size;                          // Linux 7.2: out
  uint32_t reserved;
};

/// Argument of the commands on one element, and of BPF_MAP_FREEZE.
struct linux_bpf_map_element {
  uint32_t map_fd;
  uint32_t reserved;
  uint64_t key LINUX_BPF_ALIGNED;
  uint64_t value_or_next_key LINUX_BPF_ALIGNED;
  uint64_t flags LINUX_BPF_ALIGNED;
};

/// Argument of the BPF_MAP_*_BATCH commands.
struct linux_bpf_map_batch {
  uint64_t in_batch LINUX_BPF_ALIGNED;
  uint64_t out_batch LINUX_BPF_ALIGNED;
  uint64_t keys LINUX_BPF_ALIGNED;
  uint64_t values LINUX_BPF_ALIGNED;
  uint32_t count;
  uint32_t map_fd;
  uint64_t elem_flags LINUX_BPF_ALIGNED;
  uint64_t flags LINUX_BPF_ALIGNED;
};

/// Argument of BPF_OBJ_PIN and BPF_OBJ_GET, without the directory descriptor of Linux 6.5.
struct linux_bpf_object_path {
  uint64_t pathname LINUX_BPF_ALIGNED;
  uint32_t bpf_fd;
  uint32_t file_flags;
};

/// Argument of BPF_*_GET_NEXT_ID and BPF_*_GET_FD_BY_ID.
struct linux_bpf_object_id {
  uint32_t id;
  uint32_t next_id;
  uint32_t open_flags;
};

/// Argument of BPF_OBJ_GET_INFO_BY_FD.
struct linux_bpf_object_info {
  uint32_t bpf_fd;
  uint32_t info_len;
  uint64_t info LINUX_BPF_ALIGNED;
};

/// Argument of BPF_BTF_LOAD.
struct linux_bpf_btf_load {
  uint64_t btf LINUX_BPF_ALIGNED;
  uint64_t btf_log_buf LINUX_BPF_ALIGNED;
  uint32_t btf_size;
  uint32_t btf_log_size;
  uint32_t btf_log_level;
  uint32_t btf_log_true_size;                      // Linux 6.4: out
  uint32_t btf_flags;                              // Linux 6.9
  int32_t btf_token_fd;                            // Linux 6.9
};

/// Argument of BPF_TOKEN_CREATE.
struct linux_bpf_token_create {
  uint32_t flags;                                  // Linux 6.9
  uint32_t bpffs_fd;                               // Linux 6.9
};

/// Argument of BPF_PROG_LOAD, without the signature of Linux 6.18.
struct linux_bpf_program_load {
  uint32_t prog_type;
  uint32_t insn_cnt;
  uint64_t insns LINUX_BPF_ALIGNED;
  uint64_t license LINUX_BPF_ALIGNED;
  uint32_t log_level;
  uint32_t log_size;
  uint64_t log_buf LINUX_BPF_ALIGNED;
  uint32_t kern_version;                           // Linux 4.1
  uint32_t prog_flags;                             // Linux 4.11
  char prog_name[LINUX_BPF_OBJ_NAME_LEN];          // Linux 4.15
  uint32_t prog_ifindex;                           // Linux 4.16
  uint32_t expected_attach_type;                   // Linux 4.17
  uint32_t prog_btf_fd;                            // Linux 5.0
  uint32_t func_info_rec_size;                     // Linux 5.0
  uint64_t func_info LINUX_BPF_ALIGNED;            // Linux 5.0
  uint32_t func_info_cnt;                          // Linux 5.0
  uint32_t line_info_rec_size;                     // Linux 5.0
  uint64_t line_info LINUX_BPF_ALIGNED;            // Linux 5.0
  uint32_t line_info_cnt;                          // Linux 5.0
  uint32_t attach_btf_id;                          // Linux 5.5
  uint32_t attach_prog_fd_or_btf_obj_fd;           // Linux 5.5
  uint32_t core_relo_cnt;                          // Linux 5.17
  uint64_t fd_array LINUX_BPF_ALIGNED;             // Linux 5.14
  uint64_t core_relos LINUX_BPF_ALIGNED;           // Linux 5.17
  uint32_t core_relo_rec_size;                     // Linux 5.17
  uint32_t log_true_size;                          // Linux 6.4: out
  int32_t prog_token_fd;                           // Linux 6.9
  uint32_t fd_array_cnt;                           // Linux 6.14
  uint64_t signature LINUX_BPF_ALIGNED;            // Linux 6.18
  uint32_t signature_size;                         // Linux 6.18
  int32_t keyring_id;                              // Linux 6.18
};

/// Argument of BPF_PROG_TEST_RUN. Sizes and addresses named `in` are the program's input, `out` its output.
struct linux_bpf_program_run {
  uint32_t prog_fd;
  uint32_t retval;                                 // out
  uint32_t data_size_in;
  uint32_t data_size_out;                          // in and out
  uint64_t data_in LINUX_BPF_ALIGNED;
  uint64_t data_out LINUX_BPF_ALIGNED;
  uint32_t repeat;
  uint32_t duration;                               // out, nanoseconds of one run
  uint32_t ctx_size_in;                            // Linux 5.2
  uint32_t ctx_size_out;                           // Linux 5.2: in and out
  uint64_t ctx_in LINUX_BPF_ALIGNED;               // Linux 5.2
  uint64_t ctx_out LINUX_BPF_ALIGNED;              // Linux 5.2
  uint32_t flags;                                  // Linux 5.10
  uint32_t cpu;                                    // Linux 5.10
  uint32_t batch_size;                             // Linux 5.18
  uint32_t reserved;
};

/// Argument of BPF_ENABLE_STATS.
struct linux_bpf_enable_stats {
  uint32_t type;
};

/// Argument of BPF_PROG_BIND_MAP.
struct linux_bpf_program_bind_map {
  uint32_t prog_fd;
  uint32_t map_fd;
  uint32_t flags;
};

/// The common part of the argument of BPF_LINK_CREATE. The structures below add the fields of individual types.
struct linux_bpf_link_create {
  uint32_t prog_fd;
  uint32_t target_fd;                              // or a network interface's index
  uint32_t attach_type;
  uint32_t flags;
};

/// Argument of BPF_LINK_CREATE for perf events: tracepoints, kprobes, uprobes and counters.
struct linux_bpf_link_create_perf_event {
  struct linux_bpf_link_create header;
  uint64_t bpf_cookie LINUX_BPF_ALIGNED;           // Linux 5.15
};

/// Argument of BPF_LINK_CREATE for kernel functions, types and tracepoints, and for functions of another program.
struct linux_bpf_link_create_tracing {
  struct linux_bpf_link_create header;
  uint32_t target_btf_id;                          // Linux 5.11
  uint32_t reserved;
  uint64_t cookie LINUX_BPF_ALIGNED;               // Linux 5.19
};

/// Argument of BPF_LINK_CREATE for iterators.
struct linux_bpf_link_create_iter {
  struct linux_bpf_link_create header;
  uint64_t iter_info LINUX_BPF_ALIGNED;            // Linux 5.10
  uint32_t iter_info_len;                          // Linux 5.10
  uint32_t reserved;
};

/// Argument of BPF_LINK_CREATE for hooks with ordered programs: tcx, netkit and control groups.
struct linux_bpf_link_create_ordered {
  struct linux_bpf_link_create header;
  uint32_t relative_fd;                            // Linux 6.6
  uint32_t reserved;
  uint64_t expected_revision LINUX_BPF_ALIGNED;    // Linux 6.6
};

/// Argument of BPF_LINK_CREATE for netfilter.
struct linux_bpf_link_create_netfilter {
  struct linux_bpf_link_create header;
  uint32_t pf;                                     // Linux 6.4
  uint32_t hooknum;                                // Linux 6.4
  int32_t priority;                                // Linux 6.4
  uint32_t flags;                                  // Linux 6.4
};

/// Argument of BPF_LINK_CREATE for multiple kernel functions.
struct linux_bpf_link_create_kprobe_multi {
  struct linux_bpf_link_create header;
  uint32_t flags;                                  // Linux 5.18
  uint32_t cnt;                                    // Linux 5.18
  uint64_t syms LINUX_BPF_ALIGNED;                 // Linux 5.18
  uint64_t addrs LINUX_BPF_ALIGNED;                // Linux 5.18
  uint64_t cookies LINUX_BPF_ALIGNED;              // Linux 5.18
};

/// Argument of BPF_LINK_CREATE for multiple kernel functions by their BTF.
struct linux_bpf_link_create_tracing_multi {
  struct linux_bpf_link_create header;
  uint64_t ids LINUX_BPF_ALIGNED;                  // Linux 7.2
  uint64_t cookies LINUX_BPF_ALIGNED;              // Linux 7.2
  uint32_t cnt;                                    // Linux 7.2
  uint32_t reserved;
};

/// Argument of BPF_LINK_CREATE for multiple probes of one executable file.
struct linux_bpf_link_create_uprobe_multi {
  struct linux_bpf_link_create header;
  uint64_t path LINUX_BPF_ALIGNED;                 // Linux 6.6
  uint64_t offsets LINUX_BPF_ALIGNED;              // Linux 6.6
  uint64_t ref_ctr_offsets LINUX_BPF_ALIGNED;      // Linux 6.6
  uint64_t cookies LINUX_BPF_ALIGNED;              // Linux 6.6
  uint32_t cnt;                                    // Linux 6.6
  uint32_t flags;                                  // Linux 6.6
  uint32_t pid;                                    // Linux 6.6
  uint32_t reserved;
};

/// The task of a task iterator. `union bpf_iter_link_info`.
struct linux_bpf_iter_link_task {
  uint32_t tid;                                    // Linux 6.1
  uint32_t pid;                                    // Linux 6.1
  uint32_t pid_fd;                                 // Linux 6.1
};

/// The control group of a control group iterator.
struct linux_bpf_iter_link_cgroup {
  uint32_t order;                                  // Linux 6.1
  uint32_t cgroup_fd;                              // Linux 6.1
  uint64_t cgroup_id LINUX_BPF_ALIGNED;            // Linux 6.1
};

/// The map of a map element iterator.
struct linux_bpf_iter_link_map {
  uint32_t map_fd;                                 // Linux 5.9
};

/// Argument of BPF_LINK_UPDATE. struct_ops links take map descriptors.
struct linux_bpf_link_update {
  uint32_t link_fd;
  uint32_t new_prog_fd;
  uint32_t flags;
  uint32_t old_prog_fd;
};

/// Argument of BPF_LINK_DETACH.
struct linux_bpf_link_detach {
  uint32_t link_fd;
};

/// Argument of BPF_ITER_CREATE.
struct linux_bpf_iter_create {
  uint32_t link_fd;
  uint32_t flags;
};

/// Argument of BPF_RAW_TRACEPOINT_OPEN.
struct linux_bpf_raw_tracepoint {
  uint64_t name LINUX_BPF_ALIGNED;
  uint32_t prog_fd;
  uint32_t reserved;
  uint64_t cookie LINUX_BPF_ALIGNED;               // Linux 6.10
};

/// Argument of BPF_PROG_ATTACH and BPF_PROG_DETACH.
struct linux_bpf_program_attach {
  uint32_t target_fd;                              // or a network interface's index
  uint32_t attach_bpf_fd;
  uint32_t attach_type;
  uint32_t attach_flags;
  uint32_t replace_bpf_fd;                         // Linux 5.6
  uint32_t relative_fd;                            // Linux 6.6
  uint64_t expected_revision LINUX_BPF_ALIGNED;    // Linux 6.6
};

/// Argument of BPF_PROG_QUERY. `prog_cnt` is in and out; `attach_flags` and `revision` are out. The kernel writes
/// `revision` whatever size the caller states, so the structure must have it.
struct linux_bpf_program_query {
  uint32_t target_fd;                              // or a network interface's index
  uint32_t attach_type;
  uint32_t query_flags;
  uint32_t attach_flags;
  uint64_t prog_ids LINUX_BPF_ALIGNED;
  uint32_t prog_cnt;
  uint32_t reserved;
  uint64_t prog_attach_flags LINUX_BPF_ALIGNED;    // Linux 6.0
  uint64_t link_ids LINUX_BPF_ALIGNED;             // Linux 6.6
  uint64_t link_attach_flags LINUX_BPF_ALIGNED;    // Linux 6.6
  uint64_t revision LINUX_BPF_ALIGNED;             // Linux 6.6, for control groups 6.17
};

/// The common part of a link's information from BPF_OBJ_GET_INFO_BY_FD. `struct bpf_link_info`. The structures below
/// add the fields of individual types. Lengths next to an address are in and out.
struct linux_bpf_link_info {
  uint32_t type;
  uint32_t id;
  uint32_t prog_id;
  uint32_t reserved;
};

/// A raw tracepoint link.
struct linux_bpf_link_raw_tracepoint {
  struct linux_bpf_link_info header;
  uint64_t tp_name LINUX_BPF_ALIGNED;              // Linux 5.8
  uint32_t tp_name_len;                            // Linux 5.8
  uint32_t reserved;
  uint64_t cookie LINUX_BPF_ALIGNED;               // Linux 6.18
};

/// A tracing link: to a function, type or tracepoint.
struct linux_bpf_link_tracing {
  struct linux_bpf_link_info header;
  uint32_t attach_type;                            // Linux 5.8
  uint32_t target_obj_id;                          // Linux 5.13
  uint32_t target_btf_id;                          // Linux 5.13
  uint32_t reserved;
  uint64_t cookie LINUX_BPF_ALIGNED;               // Linux 6.17
};

/// A control group link.
struct linux_bpf_link_cgroup {
  struct linux_bpf_link_info header;
  uint64_t cgroup_id LINUX_BPF_ALIGNED;            // Linux 5.8
  uint32_t attach_type;                            // Linux 5.8
  uint32_t reserved;
};

/// An iterator link; the control group's id shares its field with the ids of a thread and process.
struct linux_bpf_link_iter {
  struct linux_bpf_link_info header;
  uint64_t target_name LINUX_BPF_ALIGNED;          // Linux 5.9
  uint32_t target_name_len;                        // Linux 5.9
  uint32_t map_id;                                 // Linux 5.9
  uint64_t cgroup_id LINUX_BPF_ALIGNED;            // Linux 6.1
  uint32_t order;                                  // Linux 6.1
  uint32_t reserved;
};

/// A network namespace link.
struct linux_bpf_link_netns {
  struct linux_bpf_link_info header;
  uint32_t netns_ino;                              // Linux 5.8
  uint32_t attach_type;                            // Linux 5.8
};

/// An XDP link.
struct linux_bpf_link_xdp {
  struct linux_bpf_link_info header;
  uint32_t ifindex;                                // Linux 5.9
  uint32_t reserved;
};

/// A struct_ops link.
struct linux_bpf_link_struct_ops {
  struct linux_bpf_link_info header;
  uint32_t map_id;                                 // Linux 6.4
  uint32_t reserved;
};

/// A netfilter link.
struct linux_bpf_link_netfilter {
  struct linux_bpf_link_info header;
  uint32_t pf;                                     // Linux 6.4
  uint32_t hooknum;                                // Linux 6.4
  int32_t priority;                                // Linux 6.4
  uint32_t flags;                                  // Linux 6.4
};

/// A kprobe multi link.
struct linux_bpf_link_kprobe_multi {
  struct linux_bpf_link_info header;
  uint64_t addrs LINUX_BPF_ALIGNED;                // Linux 6.6
  uint32_t count;                                  // Linux 6.6
  uint32_t flags;                                  // Linux 6.6
  uint64_t missed LINUX_BPF_ALIGNED;               // Linux 6.7
  uint64_t cookies LINUX_BPF_ALIGNED;              // Linux 6.9
};

/// A uprobe multi link.
struct linux_bpf_link_uprobe_multi {
  struct linux_bpf_link_info header;
  uint64_t path LINUX_BPF_ALIGNED;                 // Linux 6.8
  uint64_t offsets LINUX_BPF_ALIGNED;              // Linux 6.8
  uint64_t ref_ctr_offsets LINUX_BPF_ALIGNED;      // Linux 6.8
  uint64_t cookies LINUX_BPF_ALIGNED;              // Linux 6.8
  uint32_t path_size;                              // Linux 6.8
  uint32_t count;                                  // Linux 6.8
  uint32_t flags;                                  // Linux 6.8
  uint32_t pid;                                    // Linux 6.8
};

/// The common part of perf event links.
struct linux_bpf_link_perf_event {
  struct linux_bpf_link_info header;
  uint32_t type;                                   // Linux 6.6
  uint32_t reserved;
};

/// A uprobe.
struct linux_bpf_link_uprobe {
  struct linux_bpf_link_perf_event header;
  uint64_t file_name LINUX_BPF_ALIGNED;            // Linux 6.6
  uint32_t name_len;                               // Linux 6.6
  uint32_t offset;                                 // Linux 6.6
  uint64_t cookie LINUX_BPF_ALIGNED;               // Linux 6.9
  uint64_t ref_ctr_offset LINUX_BPF_ALIGNED;       // Linux 6.17
};

/// A kprobe.
struct linux_bpf_link_kprobe {
  struct linux_bpf_link_perf_event header;
  uint64_t func_name LINUX_BPF_ALIGNED;            // Linux 6.6
  uint32_t name_len;                               // Linux 6.6
  uint32_t offset;                                 // Linux 6.6
  uint64_t addr LINUX_BPF_ALIGNED;                 // Linux 6.6
  uint64_t missed LINUX_BPF_ALIGNED;               // Linux 6.7
  uint64_t cookie LINUX_BPF_ALIGNED;               // Linux 6.9
};

/// A tracepoint.
struct linux_bpf_link_tracepoint {
  struct linux_bpf_link_perf_event header;
  uint64_t tp_name LINUX_BPF_ALIGNED;              // Linux 6.6
  uint32_t name_len;                               // Linux 6.6
  uint32_t reserved;
  uint64_t cookie LINUX_BPF_ALIGNED;               // Linux 6.9
};

/// Another perf event.
struct linux_bpf_link_event {
  struct linux_bpf_link_perf_event header;
  uint64_t config LINUX_BPF_ALIGNED;               // Linux 6.6
  uint32_t type;                                   // Linux 6.6
  uint32_t reserved;
  uint64_t cookie LINUX_BPF_ALIGNED;               // Linux 6.9
};

/// A tcx or netkit (Linux 6.7) link: the device and the direction.
struct linux_bpf_link_device {
  struct linux_bpf_link_info header;
  uint32_t ifindex;                                // Linux 6.6
  uint32_t attach_type;                            // Linux 6.6
};

/// A socket map link.
struct linux_bpf_link_sockmap {
  struct linux_bpf_link_info header;
  uint32_t map_id;                                 // Linux 6.10
  uint32_t attach_type;                            // Linux 6.10
};


/// Argument of BPF_PROG_STREAM_READ_BY_FD.
struct linux_bpf_program_stream {
  uint64_t stream_buf LINUX_BPF_ALIGNED;           // Linux 6.17
  uint32_t stream_buf_len;                         // Linux 6.17
  uint32_t stream_id;                              // Linux 6.17
  uint32_t prog_fd;                                // Linux 6.17
  uint32_t reserved;
};

/// A map's information from BPF_OBJ_GET_INFO_BY_FD. `struct bpf_map_info`.
struct linux_bpf_map_info {
  uint32_t type;
  uint32_t id;
  uint32_t key_size;
  uint32_t value_size;
  uint32_t max_entries;
  uint32_t map_flags;
  char name[LINUX_BPF_OBJ_NAME_LEN];               // Linux 4.15
  uint32_t ifindex;                                // Linux 4.16
  uint32_t btf_vmlinux_value_type_id;              // Linux 5.6
  uint64_t netns_dev LINUX_BPF_ALIGNED;            // Linux 4.16
  uint64_t netns_ino LINUX_BPF_ALIGNED;            // Linux 4.16
  uint32_t btf_id;                                 // Linux 4.18
  uint32_t btf_key_type_id;                        // Linux 4.18
  uint32_t btf_value_type_id;                      // Linux 4.18
  uint32_t btf_vmlinux_id;                         // Linux 6.9
  uint64_t map_extra LINUX_BPF_ALIGNED;            // Linux 5.16
  uint64_t hash LINUX_BPF_ALIGNED;                 // Linux 6.18: in, the address for the SHA-256
  uint32_t hash_size;                              // Linux 6.18: in, its size
  uint32_t reserved;
};

/// A program's information from BPF_OBJ_GET_INFO_BY_FD. `struct bpf_prog_info`. Counts and lengths next to an address
/// are in and out: the capacity, and the actual number.
struct linux_bpf_program_info {
  uint32_t type;
  uint32_t id;
  uint8_t tag[8];
  uint32_t jited_prog_len;
  uint32_t xlated_prog_len;
  uint64_t jited_prog_insns LINUX_BPF_ALIGNED;
  uint64_t xlated_prog_insns LINUX_BPF_ALIGNED;
  uint64_t load_time LINUX_BPF_ALIGNED;            // Linux 4.15
  uint32_t created_by_uid;                         // Linux 4.15
  uint32_t nr_map_ids;                             // Linux 4.15
  uint64_t map_ids LINUX_BPF_ALIGNED;              // Linux 4.15
  char name[LINUX_BPF_OBJ_NAME_LEN];               // Linux 4.15
  uint32_t ifindex;                                // Linux 4.16
  uint32_t reserved;                               // `gpl_compatible` in bit 0, Linux 4.18
  uint64_t netns_dev LINUX_BPF_ALIGNED;            // Linux 4.16
  uint64_t netns_ino LINUX_BPF_ALIGNED;            // Linux 4.16
  uint32_t nr_jited_ksyms;                         // Linux 4.18
  uint32_t nr_jited_func_lens;                     // Linux 4.18
  uint64_t jited_ksyms LINUX_BPF_ALIGNED;          // Linux 4.18
  uint64_t jited_func_lens LINUX_BPF_ALIGNED;      // Linux 4.18
  uint32_t btf_id;                                 // Linux 5.0
  uint32_t func_info_rec_size;                     // Linux 5.0
  uint64_t func_info LINUX_BPF_ALIGNED;            // Linux 5.0
  uint32_t nr_func_info;                           // Linux 5.0
  uint32_t nr_line_info;                           // Linux 5.0
  uint64_t line_info LINUX_BPF_ALIGNED;            // Linux 5.0
  uint64_t jited_line_info LINUX_BPF_ALIGNED;      // Linux 5.0
  uint32_t nr_jited_line_info;                     // Linux 5.0
  uint32_t line_info_rec_size;                     // Linux 5.0
  uint32_t jited_line_info_rec_size;               // Linux 5.0
  uint32_t nr_prog_tags;                           // Linux 5.0
  uint64_t prog_tags LINUX_BPF_ALIGNED;            // Linux 5.0
  uint64_t run_time_ns LINUX_BPF_ALIGNED;          // Linux 5.1
  uint64_t run_cnt LINUX_BPF_ALIGNED;              // Linux 5.1
  uint64_t recursion_misses LINUX_BPF_ALIGNED;     // Linux 5.12
  uint32_t verified_insns;                         // Linux 5.16
  uint32_t attach_btf_obj_id;                      // Linux 5.18
  uint32_t attach_btf_id;                          // Linux 5.18
};

/// A BTF object's information from BPF_OBJ_GET_INFO_BY_FD. `struct bpf_btf_info`.
struct linux_bpf_btf_info {
  uint64_t btf LINUX_BPF_ALIGNED;                  // in, the address for the object
  uint32_t btf_size;                               // in and out, its size
  uint32_t id;
  uint64_t name LINUX_BPF_ALIGNED;                 // Linux 5.11: in, the address for the name
  uint32_t name_len;                               // Linux 5.11: in and out, its length
  uint32_t kernel_btf;                             // Linux 5.11
};

// MARK: - The system call

/// Calls bpf(2). Returns the kernel's result: zero or more, or a negated errno.
///
/// It is a C function because `syscall` is variadic, which Swift cannot call. On architectures with a known instruction
/// the call is inlined: calling the C library and reading its errno costs more than the library's other overhead.
static inline long linux_bpf(enum linux_bpf_command command, void *argument, uint32_t size) {
#if defined(__x86_64__)
  register long result __asm__("rax") = SYS_bpf;
  register long first __asm__("rdi") = command;
  register void *second __asm__("rsi") = argument;
  register long third __asm__("rdx") = size;
  __asm__ volatile("syscall" : "+r"(result) : "r"(first), "r"(second), "r"(third) : "rcx", "r11", "memory");
  return result;
#elif defined(__aarch64__)
  register long number __asm__("x8") = SYS_bpf;
  register long result __asm__("x0") = command;
  register void *second __asm__("x1") = argument;
  register long third __asm__("x2") = size;
  __asm__ volatile("svc #0" : "+r"(result) : "r"(number), "r"(second), "r"(third) : "memory");
  return result;
#else
  long result = syscall(SYS_bpf, command, argument, size);
  return result < 0 ? -(long)errno : result;
#endif
}

/// Calls bpf(2) with attributes that all commands share (BPF_COMMON_ATTRS), Linux 7.2. Older kernels return EINVAL.
/// Returns the kernel's result: zero or more, or a negated errno.
static inline long linux_bpf_with_common_attributes(
    enum linux_bpf_command command, void *argument, uint32_t size, struct linux_bpf_common_attributes *common) {
  const long common_attributes = 1 << 16;
  const long common_size = offsetof(struct linux_bpf_common_attributes, reserved);
  long result = syscall(SYS_bpf, command | common_attributes, argument, size, common, common_size);
  return result < 0 ? -(long)errno : result;
}

// MARK: - Byte search

/// memmem(3). C libraries declare it only as a GNU extension, which Swift does not see.
extern void *memmem(const void *haystack, size_t haystack_length, const void *needle, size_t needle_length);

// MARK: - Capabilities

/// Reads the effective capabilities of the calling thread, one bit each. capget(2). Returns 0 or a negated errno.
static inline long linux_effective_capabilities(uint64_t *effective) {
  struct { uint32_t version; int thread; } header = {0x20080522, 0};  // _LINUX_CAPABILITY_VERSION_3, Linux 2.6.26
  struct { uint32_t effective, permitted, inheritable; } data[2];
  if (syscall(SYS_capget, &header, data) < 0) return -(long)errno;
  *effective = data[0].effective | (uint64_t)data[1].effective << 32;
  return 0;
}

// MARK: - Memory limit

/// Reads the process's limit of locked memory in bytes, UINT64_MAX for none. prlimit64(2) with RLIMIT_MEMLOCK, whose
/// type differs among C libraries. Returns 0 or a negated errno.
static inline long linux_locked_memory_limit(uint64_t *limit) {
  const int locked_memory = 8;
  struct { uint64_t current, maximum; } limits;
  if (syscall(SYS_prlimit64, 0, locked_memory, NULL, &limits) < 0) return -(long)errno;
  *limit = limits.current;
  return 0;
}

// MARK: - Mount namespaces

/// Moves the calling thread into its own mount namespace. unshare(2) with CLONE_NEWNS. C libraries declare it only as a
/// GNU extension, which Swift does not see. Returns 0 or a negated errno.
static inline long linux_unshare_mounts(void) {
  const long new_mount_namespace = 0x00020000;
  return syscall(SYS_unshare, new_mount_namespace) < 0 ? -(long)errno : 0;
}

/// Mounts a file system that needs no device, detached from the file hierarchy. It is only accessible through the
/// descriptor, and unmounted with it. fsopen(2), fsconfig(2), fsmount(2), Linux 5.2. Returns a descriptor or a negated
/// errno.
static inline long linux_mount_detached(const char *type) {
  const long fsopen = 430, fsconfig = 431, fsmount = 432;  // the same on all architectures
  const int close_on_exec = 1, command_create = 6;
  long context = syscall(fsopen, type, close_on_exec);
  if (context < 0) return -(long)errno;
  long result = syscall(fsconfig, context, command_create, NULL, NULL, 0);
  if (result >= 0) result = syscall(fsmount, context, close_on_exec, 0);
  if (result < 0) result = -(long)errno;
  close((int)context);
  return result;
}

#endif
