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

/// The descriptors that this process has open, for tests of leaks.
package enum OpenDescriptors {
  /// Returns the targets of all open descriptors as in /proc/self/fd: a path, or a kind like `anon_inode:bpf-map`.
  /// Omits the descriptor that reads the directory.
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

  /// The number of open descriptors, except kinds that the Swift runtime opens and closes at any time and that the
  /// library does not use: those for events and for the test's process.
  package static var count: Int {
    let ofTheRuntime = ["pipe:", "anon_inode:[event", "anon_inode:[timerfd]", "anon_inode:[pidfd]"]
    return targets().count { target in
      // Once a second libdispatch checks which of its threads run, in /proc/PID/task/TID/stat.
      let isOfThreads = target.hasPrefix("/proc/") && target.contains("/task/") && target.hasSuffix("/stat")
      return !isOfThreads && !ofTheRuntime.contains { target.hasPrefix($0) }
    }
  }
}
