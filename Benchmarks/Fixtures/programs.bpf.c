//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

// Programs that share functions, maps and variables, to measure the cost of loading beside the verifier's.
//
// One program, or 120 with -DMANY. With -DCORE each program, and the functions that they share, use CO-RE relocations
// of kernel types.

#include <bpf/bpf_types.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

char _license[] SEC("license") = "GPL";

const volatile __u64 limit = 1 << 20;
__u64 step = 3;
__u64 total;
__u64 largest;
__u32 last;

#define COUNTS(name, kind)                 \
  struct {                                 \
    __uint(type, BPF_MAP_TYPE_##kind);     \
    __uint(max_entries, 16);               \
    __type(key, __u32);                    \
    __type(value, __u64);                  \
  } name SEC(".maps");

COUNTS(counts_0, ARRAY)

#ifdef MANY
extern int CONFIG_HZ __kconfig;

COUNTS(counts_1, ARRAY)
COUNTS(counts_2, ARRAY)
COUNTS(counts_3, ARRAY)
COUNTS(counts_4, ARRAY)
COUNTS(counts_5, HASH)
COUNTS(counts_6, HASH)
COUNTS(counts_7, HASH)
COUNTS(counts_8, PERCPU_ARRAY)
COUNTS(counts_9, LRU_HASH)
COUNTS(seen, HASH)
#endif

// MARK: - The kernel's types

#ifdef CORE
#define KERNEL __attribute__((preserve_access_index))

struct mm_struct {
  int map_count;
  unsigned long total_vm, arg_start, arg_end;
} KERNEL;

struct signal_struct {
  int nr_threads;
} KERNEL;

struct task_struct {
  unsigned int flags;
  int prio;
  int pid, tgid;
  __u64 start_time;
  struct task_struct *real_parent, *group_leader;
  struct mm_struct *mm;
  struct signal_struct *signal;
  int no_such_member;
} KERNEL;

static __noinline __u64 inspect(void) {
  struct task_struct *task = (void *)bpf_get_current_task();
  __u64 sum = BPF_CORE_READ(task, tgid) + BPF_CORE_READ(task, real_parent, pid);
  sum += BPF_CORE_READ(task, group_leader, start_time) + BPF_CORE_READ(task, signal, nr_threads);
  sum += BPF_CORE_READ(task, mm, total_vm) + BPF_CORE_READ(task, mm, map_count);
  if (bpf_core_field_exists(task->no_such_member)) sum += BPF_CORE_READ(task, no_such_member);
  sum += bpf_core_type_size(struct mm_struct) + bpf_core_field_size(task->start_time);
  return sum + bpf_core_enum_value(enum bpf_map_type, BPF_MAP_TYPE_HASH);
}

// Each program relocates these fields.
#define INSPECT()                                                                                      \
  ({                                                                                                   \
    struct task_struct *task = (void *)bpf_get_current_task();                                         \
    BPF_CORE_READ(task, flags) + BPF_CORE_READ(task, prio) + BPF_CORE_READ(task, mm, arg_end) + inspect(); \
  })
#else
#define INSPECT() bpf_get_current_pid_tgid()
#endif

// MARK: - Shared functions

static __noinline __u64 weigh(__u64 size) {
  __u64 weight = size * step;
#ifdef MANY
  weight /= CONFIG_HZ;
#endif
  if (weight > limit) weight = limit;
  if (weight > largest) largest = weight;
  return weight;
}

__noinline int remember(__u32 key, __u64 weight) {
  total += weight;
  last = key;
#ifdef MANY
  bpf_map_update_elem(&seen, &key, &weight, BPF_ANY);
#endif
  return 0;
}

// MARK: - Programs

#define PROGRAM(number, counts)                              \
  SEC("raw_tp/sys_enter")                                    \
  int program_##number(struct bpf_raw_tracepoint_args *ctx) { \
    __u32 key = number % 16;                                 \
    __u64 weight = weigh(ctx->args[1]) + INSPECT();          \
    __u64 *count = bpf_map_lookup_elem(&counts, &key);       \
    if (count) __sync_fetch_and_add(count, weight);          \
    remember(key, weight);                                   \
    return 0;                                                \
  }

#ifdef MANY
#define TEN_PROGRAMS(tens)                                                   \
  PROGRAM(tens##0, counts_0) PROGRAM(tens##1, counts_1) PROGRAM(tens##2, counts_2) \
  PROGRAM(tens##3, counts_3) PROGRAM(tens##4, counts_4) PROGRAM(tens##5, counts_5) \
  PROGRAM(tens##6, counts_6) PROGRAM(tens##7, counts_7) PROGRAM(tens##8, counts_8) \
  PROGRAM(tens##9, counts_9)

TEN_PROGRAMS(1) TEN_PROGRAMS(2) TEN_PROGRAMS(3) TEN_PROGRAMS(4) TEN_PROGRAMS(5) TEN_PROGRAMS(6)
TEN_PROGRAMS(7) TEN_PROGRAMS(8) TEN_PROGRAMS(9) TEN_PROGRAMS(10) TEN_PROGRAMS(11) TEN_PROGRAMS(12)
#else
PROGRAM(1, counts_0)
#endif
