//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

#ifndef LINUX_RENAME_H
#define LINUX_RENAME_H

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

/// Flags of renameat2(2).
enum linux_rename_flag {
  LINUX_RENAME_NOREPLACE = 1 << 0,
  LINUX_RENAME_EXCHANGE = 1 << 1,
};

/// Calls renameat2(2), Linux 3.15. C libraries declare it only as a GNU extension, which Swift does not see. Returns 0
/// or a negated errno.
static inline long linux_rename(const char *path, const char *other, unsigned flags) {
  const int working_directory = -100;  // AT_FDCWD
  return syscall(SYS_renameat2, working_directory, path, working_directory, other, flags) < 0 ? -(long)errno : 0;
}

#endif
