//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

#ifndef LINUX_DESCRIPTORS_H
#define LINUX_DESCRIPTORS_H

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

/// The flag `O_PATH` of open(2), Linux 2.6.39. C libraries declare it only as a GNU extension, which Swift does not see.
static const int linux_open_path = 010000000;

/// Calls pidfd_open(2), Linux 5.3, which C libraries declare late. Returns a close-on-exec descriptor of a process, or a
/// negated errno.
static inline long linux_pidfd_open(int process) {
  const long number = 434;  // The same on all architectures.
  long descriptor = syscall(number, process, 0);
  return descriptor < 0 ? -(long)errno : descriptor;
}

#endif
