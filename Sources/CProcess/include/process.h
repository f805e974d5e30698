//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// Process arguments, signals and terminal handling that depend only on the C library.

#ifndef PROCESS_H
#define PROCESS_H

#include <stdbool.h>

// MARK: - Arguments

/// Returns the number of command-line arguments, including the program's name; 0 if the C library does not provide
/// them.
int process_argument_count(void);

/// Returns the argument at an index below that number.
const char *process_argument(int index);

// MARK: - Descriptors

/// Opens placeholders for those of the descriptors 0, 1 and 2 that are closed, so that no file opened later gets one of
/// these numbers. Reads and writes on a placeholder fail with EBADF.
void process_occupy_standard_descriptors(void);

/// Copies a descriptor of another process: pidfd_open(2) and pidfd_getfd(2), Linux 5.6. Returns a descriptor or a
/// negated errno.
long process_copy_descriptor(int process, int descriptor);

/// Opens a pidfd for a process: pidfd_open(2), Linux 5.3. Returns a descriptor or a negated errno.
long process_open(int process);

// MARK: - Signals

/// Records SIGINT and SIGTERM, and writes a byte to the non-blocking descriptor `wake_up` for each.
///
/// A second signal of the same number terminates the process. Ignored signals stay ignored.
void process_watch_signals(int wake_up);

/// Returns whether SIGINT or SIGTERM has arrived.
bool process_is_interrupted(void);

/// Returns whether the process was stopped and continued since the last call.
bool process_was_continued(void);

// MARK: - Terminal

/// Configures the terminal of standard input and output: disables line buffering and echo, and with `alternate_screen`
/// shows the alternate screen without a cursor.
///
/// Restores the terminal before a signal terminates the process or SIGTSTP stops it, and configures it again on
/// SIGCONT. Without `alternate_screen`, a background process leaves the terminal as it is. Returns whether there is
/// anything to configure.
bool process_configure_terminal(bool alternate_screen);

/// Returns whether standard input delivers keys as they are typed.
bool process_has_keys(void);

/// Returns whether the alternate screen is shown.
bool process_has_alternate_screen(void);

/// Restores the terminal.
void process_restore_terminal(void);

#endif
