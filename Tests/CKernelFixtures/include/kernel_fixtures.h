//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// Raw bpf(2) for the tests: what the library does not offer (programs, links, BTF), and a second, independent
/// pair of eyes on what it does. It shares nothing with CLinuxBPF on purpose: its numbers and layouts are
/// written from the kernel's own, so that a mistake in one does not hide in the other.
///
/// Every function returns a result of 0 or more (a descriptor, an id, a count), or the kernel's errno negated.

#ifndef KERNEL_FIXTURES_H
#define KERNEL_FIXTURES_H

#include <stdbool.h>
#include <stdint.h>

// MARK: - Maps (maps.c)

/// What BPF_MAP_CREATE takes; a field left zero is passed as zero.
struct kf_map_arguments {
  uint32_t type;
  uint32_t key_size;
  uint32_t value_size;
  uint32_t max_entries;
  uint32_t flags;
  uint32_t inner_map_fd;
  char name[16];
  uint32_t btf_fd;
  uint32_t btf_key_type_id;
  uint32_t btf_value_type_id;
  uint32_t btf_vmlinux_value_type_id;
  uint64_t map_extra;
};

/// What BPF_OBJ_GET_INFO_BY_FD tells about a map: the kernel's `struct bpf_map_info`.
struct kf_map_info {
  uint32_t type;
  uint32_t id;
  uint32_t key_size;
  uint32_t value_size;
  uint32_t max_entries;
  uint32_t map_flags;
  char name[16];
  uint32_t ifindex;
  uint32_t btf_vmlinux_value_type_id;
  uint64_t netns_dev;
  uint64_t netns_ino;
  uint32_t btf_id;
  uint32_t btf_key_type_id;
  uint32_t btf_value_type_id;
  uint32_t btf_vmlinux_id;
  uint64_t map_extra;
  uint64_t hash;
  uint32_t hash_size;
  uint32_t padding;
};

int kf_map_create(const struct kf_map_arguments *arguments);
int kf_map_open_by_id(uint32_t id, uint32_t open_flags);
int kf_map_next_id(uint32_t after, uint32_t *next);
int kf_map_info(int map, struct kf_map_info *info);
int kf_map_lookup(int map, const void *key, void *value, uint64_t flags);
int kf_map_lookup_and_delete(int map, const void *key, void *value, uint64_t flags);
int kf_map_update(int map, const void *key, const void *value, uint64_t flags);
int kf_map_delete(int map, const void *key);
int kf_map_next_key(int map, const void *key, void *next);
int kf_map_freeze(int map);
/// `count` is asked on the way in and answered on the way out, also when the call fails.
int kf_map_lookup_batch(int map, const void *in_batch, void *out_batch, void *keys, void *values, uint32_t *count);

// MARK: - Pins (maps.c)

int kf_object_pin(int object, const char *path);
int kf_object_get(const char *path, uint32_t file_flags);

// MARK: - BTF (btf.c)

/// The types of the one BTF blob that `kf_btf_load` loads, by id.
enum {
  KF_BTF_INT32 = 1,         ///< `int`, 4 bytes
  KF_BTF_UINT64 = 2,        ///< `unsigned long`, 8 bytes
  KF_BTF_SPIN_LOCK = 3,     ///< `struct bpf_spin_lock`, 4 bytes
  KF_BTF_LOCKED_VALUE = 4,  ///< `struct locked_value { int counter; struct bpf_spin_lock lock; }`, 8 bytes
  KF_BTF_LPM_KEY = 5,       ///< `struct lpm_key { int prefixlen; int data; }`, 8 bytes
};

int kf_btf_load(void);
/// The id of the struct `name` in the kernel's own BTF, and its size.
int kf_vmlinux_struct(const char *name, uint32_t *size);

// MARK: - Programs and links (programs.c)

enum {
  KF_PROGRAM_SOCKET_FILTER = 1,
  KF_PROGRAM_XDP = 6,
  KF_PROGRAM_CGROUP_SKB = 8,
  KF_PROGRAM_RAW_TRACEPOINT = 17,
};

/// What a program in a map is loaded for.
enum {
  KF_ATTACH_XDP_DEVMAP = 33,
  KF_ATTACH_XDP_CPUMAP = 35,
};

/// One instruction as the kernel takes it.
struct kf_instruction {
  uint8_t code;
  uint8_t registers;
  int16_t offset;
  int32_t immediate;
};

int kf_program_load(uint32_t type, const struct kf_instruction *instructions, uint32_t count, const char *name);
/// A program that does nothing but return `value`.
int kf_program_returning(uint32_t type, int32_t value, const char *name);
/// A socket filter that adds one to the 64-bit element 0 of the array `map` on each run.
int kf_program_counting(int map);
/// A raw tracepoint program that records the stack it runs on in the stack trace map `map` and returns its id.
int kf_program_recording_stack(int map);
/// The same of the process's stack that it runs for.
int kf_program_recording_user_stack(int map);
/// A socket filter that jumps to the program at `index` of the program array `map`, or else returns `otherwise`.
int kf_program_tail_calling(int map, int32_t index, int32_t otherwise);
/// An XDP program that passes packets, to be attached to elements of a device or CPU map.
int kf_program_in_map(uint32_t attach_type);
/// A cgroup_skb program that uses the (per-CPU or plain) cgroup storage `map`.
int kf_program_using_cgroup_storage(int map);
/// The kernel's id of `program`.
int kf_program_id(int program);
/// Runs `program` once; its return value stands in `result`.
int kf_program_run(int program, uint32_t *result);
int kf_program_attach_cgroup_egress(int program, int cgroup);
int kf_program_detach_cgroup_egress(int program, int cgroup);
int kf_link_cgroup_egress(int program, int cgroup);

// MARK: - Descriptors of other kinds (descriptors.c)

int kf_pidfd_open(int process);
/// A software event of this process that a perf event array accepts.
int kf_perf_event_open(int cpu);
int kf_xdp_socket(void);
/// A UDP socket on a free loopback port with SO_REUSEPORT, as a reuseport socket array accepts it.
int kf_reuseport_socket(void);
/// A TCP socket listening on a free loopback port, as socket maps accept it.
int kf_listening_socket(void);
int kf_stream_socket_pair(int sockets[2]);
/// What getsockopt(2) says of SO_COOKIE.
int kf_socket_cookie(int socket, uint64_t *cookie);
/// A process that waits to be ended; its number.
int kf_child_start(void);
/// Ends a child and waits until it is gone.
int kf_child_end(int process);

// MARK: - Networks (network.c)

/// Gives the calling thread a network namespace of its own, in which the loopback device is up, until the thread ends.
int kf_enter_network_namespace(void);
/// The calling thread's network namespace.
int kf_open_network_namespace(void);
/// Takes the calling thread into a network namespace.
int kf_join_network_namespace(int network_namespace);
/// Gives a socket a filter of classic BPF, which lets everything pass.
int kf_attach_classic_filter(int socket);
/// Sends datagrams over the loopback device to a socket of its own; how many arrived.
int kf_datagrams_to_self(int count);
/// The same to a socket, which it binds to a port of the loopback device if it has none.
int kf_datagrams_to(int receiver, int count);

/// The two ends of a TCP connection over the loopback device.
int kf_connected_sockets(int *first, int *second);

/// Has a process of the control group at `directory` do everything that programs of control groups can watch, and end.
/// 0 if it could all be done, as far as it does not depend on such programs; more if not.
int kf_act_in_cgroup(const char *directory);

// MARK: - Terminals and system calls (terminal.c)

/// Starts a program at a terminal of its own, which is `terminal` for this process. Returns the process.
int kf_terminal_start(char *const arguments[], int rows, int columns, int *terminal);
/// The modes of a terminal that decide who sees what is typed: ICANON, ECHO and ISIG.
int kf_terminal_modes(int terminal);
/// Whether a process waits for a write to its standard output, by proc_pid_syscall(5).
bool kf_is_blocked_in_write(int process);
/// How many columns a character takes by wcwidth(3) in the locale C.UTF-8; -1 if it does not tell.
int kf_character_columns(uint32_t character);
/// A system call without arguments, whatever comes of it.
void kf_system_call(long number);
/// One by the 32-bit interface, which this architecture may lack.
int kf_compatible_system_call(long number);

// MARK: - Frames (frames.c)

/// Makes two network interfaces in the calling thread's network namespace, each of which receives what the other sends.
int kf_interface_pair(const char *kind, const char *first, const char *second);
/// A socket that sends and receives frames of a type that nobody else uses, at a network interface.
int kf_frame_socket(int interface);
/// Sends frames; how many.
int kf_send_frames(int socket, int count);
/// Reads all frames that a socket has received; how many.
int kf_receive_frames(int socket);

// MARK: - Privileges (capabilities.c)

/// Takes all capabilities but those in `kept`, by bit, from the calling thread, for good.
int kf_limit_capabilities(uint64_t kept);

/// A BPF token of a user namespace that this user owns. It delegates commands, types of maps, and types of programs with
/// all their places of attachment, each as names joined by colons, such as "map_create:prog_load"; NULL for none.
int kf_token(const char *commands, const char *maps, const char *programs);

// MARK: - Mounts (mounts.c)

int kf_mount_bpffs(const char *directory);
int kf_unmount(const char *directory);

#endif
