//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

#ifndef LINUX_OWN_MEMORY_H
#define LINUX_OWN_MEMORY_H

#include <errno.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

/// A range of memory, as process_vm_readv(2) takes it.
struct linux_memory {
  const void *address;
  size_t size;
};

/// Copies this process's memory out of `address`, by process_vm_readv(2), Linux 3.2. C libraries declare it only as a
/// GNU extension, which Swift does not see. Returns the number of bytes or a negated errno.
static inline long linux_read_own_memory(const void *address, void *buffer, size_t size) {
  struct linux_memory local = {buffer, size}, remote = {address, size};
  long count = syscall(SYS_process_vm_readv, getpid(), &local, 1L, &remote, 1L, 0L);
  return count < 0 ? -(long)errno : count;
}

/// Copies this process's memory into `address`, by process_vm_writev(2), Linux 3.2. Returns as `linux_read_own_memory`.
static inline long linux_write_own_memory(void *address, const void *buffer, size_t size) {
  struct linux_memory local = {buffer, size}, remote = {address, size};
  long count = syscall(SYS_process_vm_writev, getpid(), &local, 1L, &remote, 1L, 0L);
  return count < 0 ? -(long)errno : count;
}

#endif
