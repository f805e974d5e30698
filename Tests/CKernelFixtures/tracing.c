//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

#define _GNU_SOURCE
#include "include/tracing.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SYSTEM_CALL_STOP = SIGTRAP | 0x80 };

static int start(char *const arguments[]) {
  int process = fork();
  if (process < 0) return -errno;
  if (process > 0) return process;
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  for (int number = 1; number < 32; number++) signal(number, SIG_DFL);
  int nowhere = open("/dev/null", O_RDWR);
  dup2(nowhere, STDOUT_FILENO);
  dup2(nowhere, STDERR_FILENO);
  // Copies of this process's descriptors would keep objects of other tests alive.
  syscall(SYS_close_range, 3, ~0U, 0);
  ptrace(PTRACE_TRACEME, 0, 0, 0);
  raise(SIGSTOP);
  execv(arguments[0], arguments);
  _exit(127);
}

/// Returns whether a program survives if a call fails. It does not if the call allocates memory.
static int may_fail(unsigned long number) {
  static const long never[] = {SYS_mmap, SYS_munmap, SYS_mprotect, SYS_mremap, SYS_madvise, SYS_brk, SYS_futex,
                               SYS_exit_group, SYS_rt_sigprocmask};
  for (size_t at = 0; at < sizeof never / sizeof *never; at++) {
    if ((unsigned long)never[at] == number) return 0;
  }
  return 1;
}

#if defined(__x86_64__)
static void skip_call(int process) {
  ptrace(PTRACE_POKEUSER, process, offsetof(struct user_regs_struct, orig_rax), -1L);
}
static void set_result(int process, long result) {
  ptrace(PTRACE_POKEUSER, process, offsetof(struct user_regs_struct, rax), result);
}
#elif defined(__aarch64__)
static void skip_call(int process) {
  int none = -1;
  struct iovec part = {.iov_base = &none, .iov_len = sizeof none};
  ptrace(PTRACE_SETREGSET, process, 0x404, &part);  // NT_ARM_SYSTEM_CALL
}
static void set_result(int process, long result) {
  struct user_regs_struct registers;
  struct iovec all = {.iov_base = &registers, .iov_len = sizeof registers};
  ptrace(PTRACE_GETREGSET, process, NT_PRSTATUS, &all);
  registers.regs[0] = (unsigned long)result;
  ptrace(PTRACE_SETREGSET, process, NT_PRSTATUS, &all);
}
#else
#error "how a system call is skipped on this architecture is not known"
#endif

int kf_run_traced(char *const arguments[], struct kf_interference interference, int *count) {
  *count = 0;
  int process = start(arguments);
  if (process < 0) return process;
  int status;
  if (waitpid(process, &status, 0) < 0) return -errno;
  if (!WIFSTOPPED(status)) return -ECHILD;
  ptrace(PTRACE_SETOPTIONS, process, 0, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL);
  int is_counting = 0, is_skipped = 0;
  long signal = 0;
  for (;;) {
    ptrace(PTRACE_SYSCALL, process, 0, signal);
    signal = 0;
    while (waitpid(process, &status, 0) < 0) {
      if (errno != EINTR) return -errno;
    }
    if (!WIFSTOPPED(status)) return status;
    if (WSTOPSIG(status) != SYSTEM_CALL_STOP) {
      // A signal is being delivered to the program. SIGTRAP marks the end of its execve(2).
      signal = WSTOPSIG(status) == SIGTRAP ? 0 : WSTOPSIG(status);
      continue;
    }
    struct __ptrace_syscall_info call;
    memset(&call, 0, sizeof call);
    ptrace(PTRACE_GET_SYSCALL_INFO, process, sizeof call, &call);
    if (call.op == PTRACE_SYSCALL_INFO_EXIT && is_skipped) {
      set_result(process, -interference.error);
      is_skipped = 0;
    }
    if (call.op != PTRACE_SYSCALL_INFO_ENTRY) continue;
    is_counting |= call.entry.nr == SYS_bpf &&
                   (interference.command < 0 || call.entry.args[0] == (unsigned)interference.command);
    if (!is_counting || ++*count != interference.nth) continue;
    signal = interference.signal;
    if (interference.signal == SIGKILL) kill(process, SIGKILL);
    if (interference.error != 0 && may_fail(call.entry.nr)) {
      skip_call(process);
      is_skipped = 1;
    }
  }
}
