//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

#include "kernel_fixtures.h"

#include <errno.h>
#include <pty.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <termios.h>
#include <unistd.h>

int kf_terminal_start(char *const arguments[], int rows, int columns, int *terminal) {
  struct winsize size = {.ws_row = (unsigned short)rows, .ws_col = (unsigned short)columns};
  int process = forkpty(terminal, NULL, NULL, &size);
  if (process < 0) return -errno;
  if (process == 0) {
    // As after a login: what the tests were started by may have told them to pass signals over.
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGINT, SIG_DFL);
    setenv("TERM", "xterm", 1);
    execv(arguments[0], arguments);
    _exit(127);
  }
  return process;
}

int kf_terminal_modes(int terminal) {
  struct termios modes;
  if (tcgetattr(terminal, &modes) < 0) return -errno;
  return (int)(modes.c_lflag & (ICANON | ECHO | ISIG));
}

void kf_system_call(long number) { syscall(number); }

int kf_compatible_system_call(long number) {
#if defined(__x86_64__)
  long result;
  // The kernel saves all registers but the result; r8 to r11 it once cleared.
  __asm__ volatile("int $0x80" : "=a"(result) : "a"(number) : "memory", "r8", "r9", "r10", "r11");
  return 0;
#else
  (void)number;
  return -ENOSYS;
#endif
}
