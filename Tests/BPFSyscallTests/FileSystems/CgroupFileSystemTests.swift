//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPFSyscall
import Testing

@Suite("Control group file systems")
struct CgroupFileSystemTests {
  @Test("Finds the mount points of version 2")
  func mountPoints() {
    let text = """
      31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755
      32 31 0:29 / /sys/fs/cgroup/cpu rw,relatime shared:4 - cgroup cgroup rw,cpu
      38 31 0:35 / /sys/fs/cgroup/unified rw,relatime shared:9 master:1 - cgroup2 cgroup2 rw
      39 31 0:35 / /mnt/a\\040b\\ rw - cgroup2 none rw
      40 31 0:35 / /mnt/cgroup2 rw - ext4 cgroup2 rw
      41
      """
    #expect(CgroupFileSystem.mountPoints(in: text) == ["/sys/fs/cgroup/unified", "/mnt/a b\\"])
  }
}
