//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// The edges of a process that must not depend on more than the C library: its arguments, its signals, its terminal.

#ifndef PROCESS_H
#define PROCESS_H

#include <stdbool.h>

// MARK: - Arguments

/// The number of words that the process was started with; 0 if the C library did not pass them on.
int process_argument_count(void);

/// The word at an index below that number.
const char *process_argument(int index);

// MARK: - Descriptors

/// Occupies those of the descriptors 0, 1 and 2 that are closed, so that no file opened later becomes one of them: a read
/// or write still fails with EBADF.
void process_occupy_standard_descriptors(void);

/// Copies a descriptor of another process: pidfd_open(2) and pidfd_getfd(2), Linux 5.6. Returns a descriptor or a
/// negated errno.
long process_copy_descriptor(int process, int descriptor);

/// Opens a descriptor that stands for a process: pidfd_open(2), Linux 5.3. Returns a descriptor or a negated errno.
long process_open(int process);

// MARK: - Signals

/// Notes SIGINT and SIGTERM, and writes a byte to a descriptor, which must not block, for each. A second signal of the
/// same number ends the process. A signal that is ignored stays ignored.
void process_note_signals(int wake_up);

/// Whether SIGINT or SIGTERM came.
bool process_is_interrupted(void);

/// Whether the process was stopped and goes on, since this was asked last.
bool process_was_continued(void);

// MARK: - Terminal

/// Takes the terminal of standard input and output: keys are given as they are typed and not shown, and with `page` the
/// alternate screen is shown without a cursor.
///
/// The terminal is given back before any signal ends the process or SIGTSTP stops it, and taken again by SIGCONT.
/// Returns whether anything was taken. Without `page` nothing is taken in the background.
bool process_take_terminal(bool page);

/// Whether keys can be read from standard input as they are typed.
bool process_has_keys(void);

/// Whether the alternate screen is shown.
bool process_has_page(void);

/// Gives the terminal back.
void process_give_back_terminal(void);

#endif
