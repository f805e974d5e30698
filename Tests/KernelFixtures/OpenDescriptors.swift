//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// The descriptors this process has open, for tests that nothing leaks.
package enum OpenDescriptors {
  /// What each open descriptor refers to, as /proc/self/fd tells it: a path, or a kind like
  /// `anon_inode:bpf-map`. The descriptor that reads the directory is not among them.
  package static func targets() -> [String] {
    guard let directory = opendir("/proc/self/fd") else { return [] }
    defer { closedir(directory) }
    let own = dirfd(directory)
    var targets: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) {
        String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
      }
      guard let number = Int32(name), number != own else { continue }
      var target = [CChar](repeating: 0, count: 4096)
      let length = readlink("/proc/self/fd/\(number)", &target, target.count)
      guard length > 0 else { continue }
      targets.append(String(decoding: target[..<length].map { UInt8(truncatingIfNeeded: $0) }, as: UTF8.self))
    }
    return targets
  }

  /// How many descriptors are open, without those that the runtime opens and closes when it likes: it waits
  /// for events and talks to the process of a test through them, and the library has none of these kinds.
  package static var count: Int {
    let ofTheRuntime = ["pipe:", "anon_inode:[event", "anon_inode:[timerfd]", "anon_inode:[pidfd]"]
    return targets().count { target in
      // Once a second libdispatch looks which of its threads run, in /proc/PID/task/TID/stat.
      let isOfThreads = target.hasPrefix("/proc/") && target.contains("/task/") && target.hasSuffix("/stat")
      return !isOfThreads && !ofTheRuntime.contains { target.hasPrefix($0) }
    }
  }
}
