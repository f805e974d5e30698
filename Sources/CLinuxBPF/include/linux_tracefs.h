//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// Access to tracefs without a mount point.

#ifndef LINUX_TRACEFS_H
#define LINUX_TRACEFS_H

#include <errno.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

/// Opens a file of a detached tracefs mount, which lives as long as the file: fsopen(2), fsconfig(2) and fsmount(2),
/// Linux 5.2, with the same numbers on all architectures. Returns a descriptor, or a negated errno.
static inline long linux_open_in_tracefs(const char *name) {
  const long fsopen_number = 430, fsconfig_number = 431, fsmount_number = 432;
  const unsigned int close_on_exec = 1, create = 6;
  long context = syscall(fsopen_number, "tracefs", close_on_exec);
  if (context < 0) return -(long)errno;
  long mount = syscall(fsconfig_number, (int)context, create, NULL, NULL, 0);
  if (mount == 0) mount = syscall(fsmount_number, (int)context, close_on_exec, 0);
  int failure = errno;
  close((int)context);
  if (mount < 0) return -(long)failure;
  // From <fcntl.h>. Including it would make `struct stat` a type of this module, which Swift then has to import.
  const int read_only = 0, nonblock = 04000, closed_on_exec = 02000000;
  long file = syscall(SYS_openat, (int)mount, name, read_only | nonblock | closed_on_exec, 0);
  failure = errno;
  close((int)mount);
  return file < 0 ? -(long)failure : file;
}

#endif
