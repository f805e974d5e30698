//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

#define _GNU_SOURCE
#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

// Signal handlers call only functions that signal-safety(7) lists. They access only lock-free atomics and variables
// that are written before the handlers are installed, and they preserve errno.

static atomic_bool is_interrupted, is_continued;
static atomic_int wake_up = -1;

static atomic_bool wants_keys, wants_alternate_screen;  // the requested configuration
static atomic_bool has_keys, has_alternate_screen;      // the current configuration
static struct termios modes_before, modes_with_keys;
static struct sigaction actions_before[_NSIG];

// Control sequences of ECMA-48 and of xterm's alternate screen.
static const char enter_alternate_screen[] = "\033[?1049h\033[?25l";
static const char leave_alternate_screen[] = "\033[?25h\033[?1049l";

static void wake(void) {
  char byte = 0;
  int descriptor = wake_up;
  if (descriptor >= 0) (void)!write(descriptor, &byte, 1);
}

// MARK: - Terminal

/// Writes to the terminal without blocking: discards pending output if the terminal's buffer is full.
static void write_sequence(const char *sequence, size_t length) {
  int flags = fcntl(STDOUT_FILENO, F_GETFL);
  fcntl(STDOUT_FILENO, F_SETFL, flags | O_NONBLOCK);
  if (write(STDOUT_FILENO, sequence, length) < (ssize_t)length) {
    tcflow(STDOUT_FILENO, TCOON);
    tcflush(STDOUT_FILENO, TCOFLUSH);
    (void)!write(STDOUT_FILENO, sequence, length);
  }
  fcntl(STDOUT_FILENO, F_SETFL, flags);
}

static void configure(void) {
  if (wants_keys && !is_interrupted && (wants_alternate_screen || tcgetpgrp(STDIN_FILENO) == getpgrp())) {
    // In the background, SIGTTOU stops the process here until it is in the foreground or interrupted.
    if (tcsetattr(STDIN_FILENO, TCSANOW, &modes_with_keys) == 0) has_keys = true;
  }
  if (wants_alternate_screen && !is_interrupted) {
    has_alternate_screen = true;
    write_sequence(enter_alternate_screen, sizeof enter_alternate_screen - 1);
  }
}

static void restore(void) {
  if (atomic_exchange(&has_alternate_screen, false)) {
    write_sequence(leave_alternate_screen, sizeof leave_alternate_screen - 1);
  }
  if (atomic_exchange(&has_keys, false)) tcsetattr(STDIN_FILENO, TCSANOW, &modes_before);
}

// MARK: - Signals

static void record_signal(int number);

/// Installs a handler that blocks all other signals while it runs, unless `nests` is set.
static void set_handler(int number, void (*handler)(int), bool nests) {
  // Without SA_RESTART, an interruption also ends the wait for the foreground in `configure`.
  struct sigaction action = {.sa_handler = handler, .sa_flags = handler == record_signal ? 0 : SA_RESTART};
  if (nests) sigemptyset(&action.sa_mask);
  else sigfillset(&action.sa_mask);
  sigaction(number, &action, NULL);
}

static void terminate(int number, siginfo_t *information, void *context);

/// Installs the handler that terminates the process, and saves the previous action: the default or a crash reporter.
static void handle_termination(int number) {
  // Use the alternate signal stack if there is one: the regular stack may have overflowed.
  struct sigaction action = {.sa_sigaction = terminate, .sa_flags = SA_SIGINFO | SA_ONSTACK};
  sigfillset(&action.sa_mask);
  sigaction(number, &action, &actions_before[number]);
}

static bool has_handler(void (*handler)(int), int number) {
  struct sigaction action;
  return sigaction(number, NULL, &action) == 0 && action.sa_handler == handler;
}

/// Restores the terminal, then hands over to the signal's previous action.
static void terminate(int number, siginfo_t *information, void *context) {
  (void)context;
  restore();
  sigaction(number, &actions_before[number], NULL);
  // A fault recurs when the handler returns, with its full siginfo. Other signals stay blocked until then.
  bool is_fault = number == SIGSEGV || number == SIGBUS || number == SIGILL || number == SIGFPE;
  if (!is_fault || information->si_code <= 0) raise(number);
}

static void record_signal(int number) {
  int error = errno;
  is_interrupted = true;
  wake();
  set_handler(number, SIG_DFL, true);
  handle_termination(number);
  errno = error;
}

static void suspend(int number) {
  int error = errno;
  restore();
  set_handler(number, SIG_DFL, true);
  sigset_t this_signal, before;
  sigemptyset(&this_signal);
  sigaddset(&this_signal, number);
  raise(number);
  // The process stops here until SIGCONT. The kernel does not stop a process in an orphaned process group.
  pthread_sigmask(SIG_UNBLOCK, &this_signal, &before);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  set_handler(number, suspend, true);
  if (!has_alternate_screen) {
    configure();
    is_continued = true;
    wake();
  }
  errno = error;
}

static void resume(int number) {
  (void)number;
  int error = errno;
  configure();
  is_continued = true;
  wake();
  errno = error;
}

void process_watch_signals(int descriptor) {
  wake_up = descriptor;
  sigset_t signals;
  sigemptyset(&signals);
  const int numbers[] = {SIGINT, SIGTERM};
  for (int index = 0; index < 2; index++) {
    sigaddset(&signals, numbers[index]);
    if (has_handler(SIG_DFL, numbers[index])) set_handler(numbers[index], record_signal, false);
  }
  // A process inherits its signal mask: if it blocked these signals, it could not be interrupted.
  pthread_sigmask(SIG_UNBLOCK, &signals, NULL);
}

bool process_is_interrupted(void) { return is_interrupted; }

bool process_was_continued(void) { return atomic_exchange(&is_continued, false); }

// MARK: - Configuring and restoring

static void handle_signals(void) {
  for (int number = 1; number <= SIGRTMAX; number++) {
    switch (number) {
    case SIGKILL: case SIGSTOP: case SIGCHLD: case SIGURG: case SIGWINCH: case SIGTTIN: case SIGTTOU: continue;
    case SIGTSTP: if (has_handler(SIG_DFL, number)) set_handler(number, suspend, true); continue;
    case SIGCONT: if (has_handler(SIG_DFL, number)) set_handler(number, resume, true); continue;
    case SIGINT: case SIGTERM: case SIGPIPE: continue;
    default: if (!has_handler(SIG_IGN, number)) handle_termination(number);
    }
  }
}

bool process_configure_terminal(bool alternate_screen) {
  if (tcgetattr(STDIN_FILENO, &modes_before) == 0) {
    modes_with_keys = modes_before;
    modes_with_keys.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
    modes_with_keys.c_cc[VMIN] = 1;
    modes_with_keys.c_cc[VTIME] = 0;
    wants_keys = true;
  }
  wants_alternate_screen = alternate_screen;
  if (!wants_keys && !wants_alternate_screen) return false;
  handle_signals();
  configure();
  return true;
}

bool process_has_keys(void) { return has_keys; }

bool process_has_alternate_screen(void) { return has_alternate_screen; }

void process_restore_terminal(void) {
  wants_keys = wants_alternate_screen = false;
  restore();
}
