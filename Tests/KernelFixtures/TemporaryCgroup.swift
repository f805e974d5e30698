//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import CKernelFixtures
import SystemPackage

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// A cgroup (v2) without processes, removed when its last reference is released.
package final class TemporaryCgroup: Sendable {
  package let path: String
  package let descriptor: FixtureDescriptor

  package init() throws(FixtureError) {
    guard let root = Self.root else {
      throw FixtureError(operation: "find a cgroup2 mount in /proc/mounts", errno: .noSuchFileOrDirectory)
    }
    path = root + "/swift-bpf-" + UniqueName.next()
    guard mkdir(path, 0o755) == 0 else {
      throw FixtureError(operation: "make cgroup \(path)", errno: Errno(rawValue: errno))
    }
    let number = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    descriptor = FixtureDescriptor(adopting: number)
    guard number >= 0 else {
      throw FixtureError(operation: "open cgroup \(path)", errno: Errno(rawValue: errno))
    }
  }

  deinit { rmdir(path) }

  /// The cgroup's ID, the key of cgroup storage: its inode number.
  package var id: UInt64 {
    var status = stat()
    return fstat(descriptor.number, &status) == 0 ? UInt64(status.st_ino) : 0
  }

  /// Attaches a cgroup_skb program to egress, until `detach` or the removal of the cgroup.
  package func attach(_ program: FixtureDescriptor) throws(FixtureError) {
    try check(kf_program_attach_cgroup_egress(program.number, descriptor.number), "attach to cgroup")
  }

  package func detach(_ program: FixtureDescriptor) throws(FixtureError) {
    try check(kf_program_detach_cgroup_egress(program.number, descriptor.number), "detach from cgroup")
  }

  /// Creates a link of a cgroup_skb program to egress.
  package func link(_ program: FixtureDescriptor) throws(FixtureError) -> FixtureDescriptor {
    let link = kf_link_cgroup_egress(program.number, descriptor.number)
    return FixtureDescriptor(adopting: try check(link, "link to cgroup"))
  }

  /// The mount point of cgroup2.
  private static let root: String? = {
    guard let mounts = fopen("/proc/mounts", "r") else { return nil }
    defer { fclose(mounts) }
    var line: UnsafeMutablePointer<CChar>?
    var capacity = 0
    defer { free(line) }
    while getline(&line, &capacity, mounts) > 0, let text = line {
      let fields = String(cString: text).split(separator: " ")
      if fields.count > 2, fields[2] == "cgroup2" { return String(fields[1]) }
    }
    return nil
  }()
}
