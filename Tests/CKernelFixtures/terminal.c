//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

#define _GNU_SOURCE
#include "kernel_fixtures.h"

#include <errno.h>
#include <locale.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <termios.h>
#include <unistd.h>
#include <wchar.h>

int kf_terminal_start(char *const arguments[], int rows, int columns, int *terminal) {
  struct winsize size = {.ws_row = (unsigned short)rows, .ws_col = (unsigned short)columns};
  int process = forkpty(terminal, NULL, NULL, &size);
  if (process < 0) return -errno;
  if (process == 0) {
    // Reset signals as after a login, since the parent of the tests may have ignored some.
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    for (int number = 1; number <= SIGRTMAX; number++) signal(number, SIG_DFL);
    struct rlimit no_core = {0, 0};
    setrlimit(RLIMIT_CORE, &no_core);
    setenv("TERM", "xterm", 1);
    // At a terminal, Swift's runtime would handle crashes and SIGQUIT interactively.
    setenv("SWIFT_BACKTRACE", "enable=no", 1);
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

bool kf_is_blocked_in_write(int process) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/syscall", process);
  FILE *file = fopen(path, "re");
  if (!file) return false;
  long number = -1, descriptor = -1;
  int count = fscanf(file, "%ld %lx", &number, (unsigned long *)&descriptor);
  fclose(file);
  return count == 2 && number == SYS_write && descriptor == STDOUT_FILENO;
}

int kf_character_columns(uint32_t character) {
  locale_t locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", NULL);
  if (!locale) return -1;
  locale_t before = uselocale(locale);
  int columns = wcwidth((wchar_t)character);
  uselocale(before);
  freelocale(locale);
  return columns;
}

void kf_system_call(long number) { syscall(number); }

int kf_compatible_system_call(long number) {
#if defined(__x86_64__)
  long result;
  // The kernel keeps all registers except the result. Some versions cleared r8 to r11.
  __asm__ volatile("int $0x80" : "=a"(result) : "a"(number) : "memory", "r8", "r9", "r10", "r11");
  return 0;
#else
  (void)number;
  return -ENOSYS;
#endif
}
