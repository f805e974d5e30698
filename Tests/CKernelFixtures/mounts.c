//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

#include "kernel_fixtures.h"

#include <errno.h>
#include <sys/mount.h>

int kf_mount_bpffs(const char *directory) {
  return mount("bpffs", directory, "bpf", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=0700") < 0 ? -errno : 0;
}

int kf_unmount(const char *directory) { return umount2(directory, MNT_DETACH) < 0 ? -errno : 0; }
