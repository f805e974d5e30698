//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

// Counts system calls by process and number, for `bpfmap top`.
#include <bpf/bpf_types.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

/// The calling convention, which determines the meaning of a system call's number.
enum convention { CONVENTION_NATIVE, CONVENTION_COMPATIBLE, CONVENTION_X32 };

struct call {
  __u32 process;
  __u16 number;
  __u16 convention;
};

struct command {
  char name[16];
};

/// Processes can pass any number. All invalid numbers are counted as one, so that they do not fill the map.
enum { UNKNOWN_NUMBER = 0xffff, NUMBERS = 1024, X32_BIT = 0x40000000 };

struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_HASH);
  __uint(max_entries, 16384);
  __type(key, struct call);
  __type(value, __u64);
} calls SEC(".maps");

// The names of processes, for those that end before their name is read. A name is updated when the process makes a call
// that it has not made before.
struct {
  __uint(type, BPF_MAP_TYPE_LRU_HASH);
  __uint(max_entries, 8192);
  __type(key, __u32);
  __type(value, struct command);
} commands SEC(".maps");

/// The only process whose calls are counted; 0 for all processes.
const volatile __u32 only_process = 0;

/// The machine, set before the program is loaded: one object serves all machines.
enum machine { MACHINE_OTHER, MACHINE_X86, MACHINE_ARM64 };
const volatile enum machine machine = MACHINE_OTHER;

/// The number of calls that were not counted, since the map was full.
__u64 uncounted;

struct thread_info {
  unsigned long flags;
  __u32 status;
} __attribute__((preserve_access_index));

struct task_struct {
  struct thread_info thread_info;
} __attribute__((preserve_access_index));

/// Returns whether the task is in a 32-bit system call, which has different numbers.
static bool is_compatible(void) {
  enum { X86_TS_COMPAT = 2, ARM64_TIF_32BIT = 22 };
  struct task_struct *task = (struct task_struct *)bpf_get_current_task();
  if (machine == MACHINE_X86 && bpf_core_field_exists(task->thread_info.status))
    return BPF_CORE_READ(task, thread_info.status) & X86_TS_COMPAT;
  if (machine == MACHINE_ARM64 && bpf_core_field_exists(task->thread_info.flags))
    return BPF_CORE_READ(task, thread_info.flags) >> ARM64_TIF_32BIT & 1;
  return false;
}

static __u64 *added(const struct call *call) {
  struct command command;
  __u64 none = 0;
  bpf_get_current_comm(command.name, sizeof(command.name));
  bpf_map_update_elem(&commands, &call->process, &command, BPF_ANY);
  bpf_map_update_elem(&calls, call, &none, BPF_NOEXIST);
  return bpf_map_lookup_elem(&calls, call);
}

SEC("raw_tp/sys_enter")
int count_system_call(struct bpf_raw_tracepoint_args *context) {
  struct call call = {.process = bpf_get_current_pid_tgid() >> 32};
  if (only_process && call.process != only_process) return 0;

  __u64 number = context->args[1];
  if (is_compatible()) {
    call.convention = CONVENTION_COMPATIBLE;
  } else if (machine == MACHINE_X86 && number >= X32_BIT && number < X32_BIT + NUMBERS) {
    call.convention = CONVENTION_X32;
    number -= X32_BIT;
  }
  call.number = number < NUMBERS ? number : UNKNOWN_NUMBER;

  __u64 *count = bpf_map_lookup_elem(&calls, &call);
  if (!count) count = added(&call);
  // No atomic operation is necessary: the value is this CPU's, and nothing that interrupts the program makes system
  // calls.
  if (count)
    *count += 1;
  else
    __atomic_fetch_add(&uncounted, 1, __ATOMIC_RELAXED);
  return 0;
}

char _license[] SEC("license") = "GPL";
