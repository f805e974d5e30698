//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

#define _GNU_SOURCE
#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

// MARK: - Arguments

static int argument_count;
static char **arguments;

#ifdef __GLIBC__
// glibc calls constructors with the arguments of main. Swift's CommandLine reads /proc, which may not be mounted.
__attribute__((constructor)) static void keep_arguments(int count, char **values) {
  argument_count = count;
  arguments = values;
}
#endif

int process_argument_count(void) { return argument_count; }

const char *process_argument(int index) { return arguments[index]; }

// MARK: - Descriptors

void process_occupy_standard_descriptors(void) {
  for (int descriptor = 0; descriptor <= 2; descriptor++) {
    if (fcntl(descriptor, F_GETFD) >= 0 || errno != EBADF) continue;
    // open(2) returns the lowest free number, which is this one. O_PATH (Linux 2.6.39) allows neither reads nor writes.
    if (open("/", O_PATH) < 0) return;
  }
}

long process_open(int process) {
  const long pidfd_open = 434;  // the same on all architectures
  long descriptor = syscall(pidfd_open, process, 0);
  return descriptor < 0 ? -(long)errno : descriptor;
}

long process_copy_descriptor(int process, int descriptor) {
  const long pidfd_getfd = 438;
  long owner = process_open(process);
  if (owner < 0) return owner;
  long copy = syscall(pidfd_getfd, (int)owner, descriptor, 0);
  if (copy < 0) copy = -(long)errno;
  close((int)owner);
  return copy;
}
