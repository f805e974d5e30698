//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// Raw bpf(2) for tests: objects that the library does not create, and an independent check of what it does. It
/// deliberately shares nothing with CLinuxBPF. Its numbers and layouts come from the kernel's headers, so that a
/// mistake in one does not hide in the other.
///
/// Every function returns a result of 0 or more (a descriptor, an ID, a count), or a negative errno.

#ifndef KERNEL_FIXTURES_H
#define KERNEL_FIXTURES_H

#include <stdbool.h>
#include <stdint.h>

// MARK: - Maps (maps.c)

/// The arguments of BPF_MAP_CREATE. Fields that are zero are passed as zero.
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

/// The result of BPF_OBJ_GET_INFO_BY_FD for a map: the kernel's `struct bpf_map_info`.
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
/// Looks up a batch. `count` is the requested number on entry, and the actual number on return, also after an error.
int kf_map_lookup_batch(int map, const void *in_batch, void *out_batch, void *keys, void *values, uint32_t *count);

// MARK: - Pins (maps.c)

int kf_object_pin(int object, const char *path);
int kf_object_get(const char *path, uint32_t file_flags);

// MARK: - BTF (btf.c)

/// The IDs of the types that `kf_btf_load` loads.
enum {
  KF_BTF_INT32 = 1,         ///< `int`, 4 bytes
  KF_BTF_UINT64 = 2,        ///< `unsigned long`, 8 bytes
  KF_BTF_SPIN_LOCK = 3,     ///< `struct bpf_spin_lock`, 4 bytes
  KF_BTF_LOCKED_VALUE = 4,  ///< `struct locked_value { int counter; struct bpf_spin_lock lock; }`, 8 bytes
  KF_BTF_LPM_KEY = 5,       ///< `struct lpm_key { int prefixlen; int data; }`, 8 bytes
};

int kf_btf_load(void);
/// Returns the ID of the struct `name` in the kernel's own BTF, and its size.
int kf_vmlinux_struct(const char *name, uint32_t *size);

// MARK: - Programs and links (programs.c)

enum {
  KF_PROGRAM_SOCKET_FILTER = 1,
  KF_PROGRAM_XDP = 6,
  KF_PROGRAM_CGROUP_SKB = 8,
  KF_PROGRAM_RAW_TRACEPOINT = 17,
};

/// The attach types of programs in maps.
enum {
  KF_ATTACH_XDP_DEVMAP = 33,
  KF_ATTACH_XDP_CPUMAP = 35,
};

/// An instruction in the kernel's format.
struct kf_instruction {
  uint8_t code;
  uint8_t registers;
  int16_t offset;
  int32_t immediate;
};

int kf_program_load(uint32_t type, const struct kf_instruction *instructions, uint32_t count, const char *name);
/// Loads a program that only returns `value`.
int kf_program_returning(uint32_t type, int32_t value, const char *name);
/// Loads a socket filter that adds one to the 64-bit element 0 of the array `map` on each run.
int kf_program_counting(int map);
/// Loads a raw tracepoint program that records its kernel stack in the stack trace map `map` and returns the stack ID.
int kf_program_recording_stack(int map);
/// Loads the same program for the user stack of the process it runs in.
int kf_program_recording_user_stack(int map);
/// Loads a socket filter that tail-calls index `index` of the program array `map`, and returns `otherwise` if that
/// fails.
int kf_program_tail_calling(int map, int32_t index, int32_t otherwise);
/// Loads an XDP program that passes packets, for elements of a device or CPU map.
int kf_program_in_map(uint32_t attach_type);
/// Loads a cgroup_skb program that uses the (per-CPU or plain) cgroup storage `map`.
int kf_program_using_cgroup_storage(int map);
/// Returns the ID of `program`.
int kf_program_id(int program);
/// Runs `program` once and stores its return value in `result`.
int kf_program_run(int program, uint32_t *result);
int kf_program_attach_cgroup_egress(int program, int cgroup);
int kf_program_detach_cgroup_egress(int program, int cgroup);
int kf_link_cgroup_egress(int program, int cgroup);
/// The answer of BPF_PROG_QUERY.
struct kf_attached {
  uint32_t count, flags;
  uint64_t revision;
  uint32_t programs[64], links[64];
};
/// Lists the programs attached to a descriptor or network interface.
///
/// @param links  whether to ask for the links' IDs, which Linux 6.6 and later know for network interfaces
int kf_query(int target, uint32_t attach_type, int links, struct kf_attached *attached);
/// Attaches a program without a link to a network interface, before all others, as for hooks with ordered programs.
int kf_program_attach_first(int program, int interface, uint32_t attach_type);

// MARK: - Descriptors of other kinds (descriptors.c)

int kf_pidfd_open(int process);
/// Opens a software event of this process that a perf event array accepts.
int kf_perf_event_open(int cpu);
int kf_xdp_socket(void);
/// Creates a UDP socket on a free loopback port with SO_REUSEPORT, as reuseport socket arrays require it.
int kf_reuseport_socket(void);
/// Creates a TCP socket that listens on a free loopback port, as socket maps require it.
int kf_listening_socket(void);
int kf_stream_socket_pair(int sockets[2]);
/// Reads the socket's SO_COOKIE.
int kf_socket_cookie(int socket, uint64_t *cookie);
/// Starts an idle process and returns its ID.
int kf_child_start(void);
/// Ends a child and waits until it is gone.
int kf_child_end(int process);

// MARK: - Networks (network.c)

/// Moves the calling thread to a new network namespace with the loopback interface up, until the thread ends.
int kf_enter_network_namespace(void);
/// Opens the calling thread's network namespace.
int kf_open_network_namespace(void);
/// Moves the calling thread to a network namespace.
int kf_join_network_namespace(int network_namespace);
/// Attaches a classic BPF filter to a socket that accepts all packets.
int kf_attach_classic_filter(int socket);
/// Sends datagrams over loopback to a socket of its own. Returns how many arrived.
int kf_datagrams_to_self(int count);
/// Sends datagrams over loopback to a socket, which it binds to a port if needed. Returns how many arrived.
int kf_datagrams_to(int receiver, int count);

/// Creates a TCP connection over loopback and returns its two ends.
int kf_connected_sockets(int *first, int *second);

/// Starts a process in the cgroup at `directory` that triggers every hook of cgroup programs, and ends. Returns 0 if
/// all actions succeeded that such programs do not influence, otherwise a positive number.
int kf_act_in_cgroup(const char *directory);

// MARK: - Terminals and system calls (terminal.c)

/// Starts a program in a pseudoterminal, whose other end is `terminal`. Returns the process ID.
int kf_terminal_start(char *const arguments[], int rows, int columns, int *terminal);
/// Returns the terminal modes ICANON, ECHO and ISIG.
int kf_terminal_modes(int terminal);
/// Returns whether a process is blocked in a write to its standard output, according to proc_pid_syscall(5).
bool kf_is_blocked_in_write(int process);
/// Returns the width of a character according to wcwidth(3) in the locale C.UTF-8, or -1 if it is unknown.
int kf_character_columns(uint32_t character);
/// Makes a system call without arguments and ignores its result.
void kf_system_call(long number);
/// Makes a system call through the 32-bit interface, which this architecture may lack.
int kf_compatible_system_call(long number);

// MARK: - Frames (frames.c)

/// Creates a pair of connected network interfaces in the calling thread's network namespace.
int kf_interface_pair(const char *kind, const char *first, const char *second);
/// Creates a packet socket at a network interface, for an Ethernet frame type that nothing else uses.
int kf_frame_socket(int interface);
/// Sends frames. Returns how many were sent.
int kf_send_frames(int socket, int count);
/// Reads all frames that a socket has received. Returns how many.
int kf_receive_frames(int socket);

// MARK: - Privileges (capabilities.c)

/// Permanently drops all capabilities except those in the bit set `kept` from the calling thread.
int kf_limit_capabilities(uint64_t kept);

/// Creates a BPF token of a user namespace that this user owns. It delegates commands, map types, and program types
/// with all their attach types, each as names joined by colons, such as "map_create:prog_load", or NULL for none.
int kf_token(const char *commands, const char *maps, const char *programs);
/// Starts a process in a user and mount namespace of its own, in which this user is root and a BPF file system with
/// these delegations is mounted on a directory. Returns the process, which `kf_child_end` ends.
int kf_delegation(
    const char *directory, const char *commands, const char *maps, const char *programs, const char *attachments);

// MARK: - Mounts (mounts.c)

int kf_mount_bpffs(const char *directory);
int kf_unmount(const char *directory);

/// Gives the calling thread a new session keyring. Returns its serial number, or a negative errno.
long kf_enter_session_keyring(void);

/// Adds a certificate, X.509 in DER, to the session keyring. Returns its serial number, or a negative errno.
long kf_add_certificate(const void *bytes, unsigned long size);

#endif
