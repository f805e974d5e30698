//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

#define _GNU_SOURCE
#include "include/faults.h"

#include "supervision.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { MAX_ERRORS = 6 };

/// The calls that may fail, each with the errors it can have without a mistake of the caller.
static const struct failing_call {
  long number;
  const char *name;
  int errors[MAX_ERRORS];
} failing_calls[] = {
    {SYS_bpf, "bpf", {ENOMEM, EPERM, EINTR, EAGAIN, EMFILE}},
    {SYS_openat, "openat", {EMFILE, ENOMEM, EACCES, EINTR}},
    {SYS_read, "read", {EIO, EINTR, ENOMEM}},
    {SYS_pread64, "pread64", {EIO, EINTR, ENOMEM}},
    {SYS_write, "write", {EIO, EINTR, ENOSPC}},
    {SYS_mmap, "mmap", {ENOMEM, EAGAIN, EINTR, EPERM}},
    {SYS_perf_event_open, "perf_event_open", {EMFILE, ENOMEM, EACCES, EINTR, EAGAIN}},
    {SYS_ioctl, "ioctl", {ENOMEM, EINTR, EAGAIN, EPERM}},
    {SYS_epoll_create1, "epoll_create1", {EMFILE, ENOMEM}},
    {SYS_epoll_ctl, "epoll_ctl", {ENOMEM, ENOSPC}},
    {SYS_epoll_pwait, "epoll_pwait", {EINTR}},
    {SYS_ppoll, "ppoll", {EINTR, ENOMEM}},
    {SYS_eventfd2, "eventfd2", {EMFILE, ENOMEM}},
    {SYS_fcntl, "fcntl", {EMFILE}},
    {SYS_dup, "dup", {EMFILE}},
    {SYS_dup3, "dup3", {EMFILE}},
    {SYS_pipe2, "pipe2", {EMFILE}},
    {SYS_readlinkat, "readlinkat", {EACCES, ENOMEM, EIO}},
    {SYS_newfstatat, "newfstatat", {EACCES, ENOMEM, EIO}},
    {SYS_fstat, "fstat", {ENOMEM, EIO}},
    {SYS_statx, "statx", {EACCES, ENOMEM, EIO}},
    {SYS_statfs, "statfs", {EACCES, ENOMEM, EINTR}},
    {SYS_fstatfs, "fstatfs", {ENOMEM, EINTR}},
    {SYS_faccessat, "faccessat", {EACCES, ENOMEM}},
    {SYS_getdents64, "getdents64", {EIO, ENOMEM}},
    {SYS_socket, "socket", {EMFILE, ENOBUFS, EPERM}},
    {SYS_bind, "bind", {ENOMEM}},
    {SYS_sendto, "sendto", {ENOBUFS, EINTR}},
    {SYS_sendmsg, "sendmsg", {ENOBUFS, EINTR}},
    {SYS_recvfrom, "recvfrom", {ENOMEM, EINTR}},
    {SYS_recvmsg, "recvmsg", {ENOMEM, EINTR}},
    {SYS_mkdirat, "mkdirat", {EACCES, ENOMEM}},
    {SYS_unlinkat, "unlinkat", {EACCES, ENOMEM}},
    {SYS_renameat2, "renameat2", {EACCES, ENOMEM}},
    {SYS_flock, "flock", {EINTR, ENOLCK}},
    {SYS_mount, "mount", {EPERM, ENOMEM}},
    {SYS_setns, "setns", {EPERM, ENOMEM}},
    // The C library still uses these on architectures that have them.
#ifdef SYS_open
    {SYS_open, "open", {EMFILE, ENOMEM, EACCES, EINTR}},
    {SYS_stat, "stat", {EACCES, ENOMEM, EIO}},
    {SYS_lstat, "lstat", {EACCES, ENOMEM, EIO}},
    {SYS_access, "access", {EACCES, ENOMEM}},
    {SYS_readlink, "readlink", {EACCES, ENOMEM, EIO}},
    {SYS_epoll_wait, "epoll_wait", {EINTR}},
    {SYS_poll, "poll", {EINTR, ENOMEM}},
    {SYS_mkdir, "mkdir", {EACCES, ENOMEM}},
    {SYS_unlink, "unlink", {EACCES, ENOMEM}},
    {SYS_rename, "rename", {EACCES, ENOMEM}},
#endif
};

enum { CALL_COUNT = sizeof failing_calls / sizeof *failing_calls };

static const struct failing_call *find(int64_t number) {
  for (int i = 0; i < CALL_COUNT; i++)
    if (failing_calls[i].number == number) return &failing_calls[i];
  return NULL;
}

const char *kf_call_name(int64_t call) {
  const struct failing_call *found = find(call);
  return found == NULL ? NULL : found->name;
}

/// Returns whether a bpf(2) command creates a descriptor, and so can fail for lack of one.
static int makes_descriptor(uint64_t command) {
  switch (command) {
  case BPF_MAP_CREATE:
  case BPF_PROG_LOAD:
  case BPF_OBJ_GET:
  case BPF_PROG_GET_FD_BY_ID:
  case BPF_MAP_GET_FD_BY_ID:
  case BPF_RAW_TRACEPOINT_OPEN:
  case BPF_BTF_LOAD:
  case BPF_BTF_GET_FD_BY_ID:
  case BPF_LINK_CREATE:
  case BPF_LINK_GET_FD_BY_ID:
  case BPF_ITER_CREATE: return 1;
  default: return 0;
  }
}

/// Returns whether a call can fail without a mistake of the caller.
static int can_fail(const struct seccomp_data *call) {
  switch (call->nr) {
  case SYS_mmap: return (int)call->args[4] >= 0;
  case SYS_write: return (int)call->args[0] > STDERR_FILENO;
  case SYS_fcntl: return call->args[1] == F_DUPFD || call->args[1] == F_DUPFD_CLOEXEC;
  default: return 1;
  }
}

/// Returns whether a call may be one of a series whose length depends on other processes: reads of one file, and steps
/// through a list of the kernel.
static int is_step(const struct kf_call *call) {
  if (call->call == SYS_read) return 1;
  if (call->call != SYS_bpf) return 0;
  switch (call->argument) {
  case BPF_MAP_GET_NEXT_KEY:
  case BPF_PROG_GET_NEXT_ID:
  case BPF_MAP_GET_NEXT_ID:
  case BPF_BTF_GET_NEXT_ID:
  case BPF_LINK_GET_NEXT_ID: return 1;
  default: return 0;
  }
}

/// Returns the error at an index among those that a call can have, or 0 past the last.
static int error_of(int64_t number, uint64_t argument, uint32_t choice) {
  const struct failing_call *call = find(number);
  int error = call != NULL && choice < MAX_ERRORS ? call->errors[choice] : 0;
  return number == SYS_bpf && error == EMFILE && !makes_descriptor(argument) ? 0 : error;
}

const struct kf_call *kf_fault_call(const struct kf_fault *fault, uint64_t number) {
  return number < 1 || number > fault->call_count ? NULL : &fault->calls[number - 1];
}

uint32_t kf_fault_choices(const struct kf_fault *fault, uint64_t number) {
  const struct kf_call *call = kf_fault_call(fault, number);
  if (call == NULL) return 0;
  uint32_t choices = 0;
  while (error_of(call->call, call->argument, choices) != 0) choices++;
  return choices;
}

static int judge(long *state, const struct seccomp_data *call) {
  struct kf_fault *fault = (struct kf_fault *)*state;
  if (!fault->is_armed || !can_fail(call)) return 0;
  struct kf_call made = {.call = call->nr, .argument = call->args[0]};
  int continues = made.call == fault->last.call && made.argument == fault->last.argument && is_step(&made);
  fault->row = continues ? fault->row + 1 : 1;
  fault->last = made;
  if (fault->row > KF_MAX_STEPS) return 0;
  if (fault->number == 0 && fault->call_count < KF_MAX_CALLS) fault->calls[fault->call_count++] = made;
  if (++fault->count != fault->number) return 0;
  fault->call = call->nr;
  fault->arguments[0] = call->args[0];
  fault->arguments[1] = call->args[1];
  fault->error = error_of(call->nr, call->args[0], fault->choice);
  return fault->error;
}

struct kf_fault *kf_fault_create(void) {
  void *memory =
      mmap(NULL, sizeof(struct kf_fault), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  return memory == MAP_FAILED ? NULL : memory;
}

int kf_fault_inject(struct kf_fault *fault) {
  long numbers[CALL_COUNT];
  for (int i = 0; i < CALL_COUNT; i++) numbers[i] = failing_calls[i].number;
  return kf_supervise_any_calls(numbers, CALL_COUNT, judge, (long)fault);
}

pid_t kf_fork(void) {
  pid_t child = fork();
  if (child == 0) prctl(PR_SET_PDEATHSIG, SIGKILL);
  return child;
}

int kf_unshare_network(void) { return unshare(CLONE_NEWNET) != 0 ? -errno : 0; }
