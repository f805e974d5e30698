//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import CLibrary
internal import CLinuxBPF
package import SystemPackage

/// The control group file systems, cgroups(7). bpf(2) accepts control groups of version 2 only.
package enum CgroupFileSystem {
  /// Explains why the kernel rejected a descriptor as a control group of version 2, and where to find one.
  ///
  /// fstatfs(2); reads /proc/self/mountinfo.
  ///
  /// - Parameter name: the descriptor's name or path, such as `'/sys/fs/cgroup/cpu'`.
  /// - Returns: nil if it is of version 2.
  package static func refusal(of descriptor: FileDescriptor, _ name: String) -> String? {
    var system = statfs()
    guard unsafe fstatfs(descriptor.rawValue, &system) == 0 else { return "\(name) is not open" }
    switch UInt32(truncatingIfNeeded: system.f_type) {
    case UInt32(LINUX_CGROUP2_SUPER_MAGIC): return nil
    case UInt32(LINUX_CGROUP_SUPER_MAGIC):
      return "\(name) is a control group of version 1, but programs need version 2: \(advice)"
    default: return "\(name) is not a control group: \(advice)"
    }
  }

  /// The mount point of version 2, or how to mount it.
  package static var advice: String {
    let mountPoints = (try? KernelFile.read("/proc/self/mountinfo")).map(mountPoints(in:)) ?? []
    return mountPoints.first.map { "version 2 is mounted at '\($0)'" }
      ?? "version 2 is not mounted: use 'mount -t cgroup2 none DIRECTORY'"
  }

  /// Returns the mount points of version 2 listed in the text of /proc/self/mountinfo:
  ///
  ///     38 31 0:35 / /sys/fs/cgroup/unified rw,relatime shared:9 - cgroup2 cgroup2 rw
  package static func mountPoints(in text: String) -> [String] {
    text.split(separator: "\n").compactMap { line in
      let fields = line.split(separator: " ", omittingEmptySubsequences: false)
      guard let separator = fields.firstIndex(of: "-"), separator > 4,
        fields.dropFirst(separator + 1).first == "cgroup2"
      else { return nil }
      return unescaped(fields[4])
    }
  }

  /// Replaces octal escapes, such as `\040` for a space.
  private static func unescaped(_ word: Substring) -> String {
    var bytes: [UInt8] = []
    var rest = Array(word.utf8)[...]
    while let byte = rest.popFirst() {
      let digits = rest.prefix(3)
      if byte == UInt8(ascii: "\\"), digits.count == 3,
        let code = UInt8(String(decoding: digits, as: UTF8.self), radix: 8)
      {
        bytes.append(code)
        rest = rest.dropFirst(3)
      } else {
        bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
