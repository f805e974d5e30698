//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import CLinuxBPF
internal import Glibc
package import SystemPackage

/// The file systems of control groups, cgroups(7): bpf(2) takes control groups of version 2 alone.
package enum CgroupFileSystem {
  /// Explains why a descriptor is not that of a control group of version 2, and where these are.
  ///
  /// Only for a descriptor that was refused. fstatfs(2), and reading /proc/self/mountinfo.
  ///
  /// - Parameter name: the descriptor or its path, such as `'/sys/fs/cgroup/cpu'`.
  /// - Returns: nil if it is of version 2.
  package static func refusal(of descriptor: FileDescriptor, _ name: String) -> String? {
    var system = statfs()
    guard unsafe fstatfs(descriptor.rawValue, &system) == 0 else { return "\(name) is not open" }
    switch UInt32(truncatingIfNeeded: system.f_type) {
    case UInt32(LINUX_CGROUP2_SUPER_MAGIC): return nil
    case UInt32(LINUX_CGROUP_SUPER_MAGIC):
      return "\(name) is a control group of version 1, and programs take those of version 2: \(advice)"
    default: return "\(name) is not a control group: \(advice)"
    }
  }

  /// Where control groups of version 2 are, or how they come to be there.
  package static var advice: String {
    let mountPoints = (try? KernelFile.read("/proc/self/mountinfo")).map(mountPoints(in:)) ?? []
    return mountPoints.first.map { "version 2 is mounted at '\($0)'" }
      ?? "version 2 is not mounted: use 'mount -t cgroup2 none DIRECTORY'"
  }

  /// Returns where version 2 is mounted, of the text of /proc/self/mountinfo:
  ///
  ///     38 31 0:35 / /sys/fs/cgroup/unified rw,relatime shared:9 - cgroup2 cgroup2 rw
  package static func mountPoints(in text: String) -> [String] {
    text.split(separator: "\n").compactMap { line in
      let words = line.split(separator: " ", omittingEmptySubsequences: false)
      guard let separator = words.firstIndex(of: "-"), separator > 4,
        words.dropFirst(separator + 1).first == "cgroup2"
      else { return nil }
      return unescaped(words[4])
    }
  }

  /// Characters that would end a word stand there in octal, such as `\040` for a space.
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
