//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import SystemPackage

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// What proc(5) knows of processes by the numbers that programs in the kernel see.
///
/// Those are the numbers of the first namespace (pid_namespaces(7)). In another one they are of other processes here,
/// if of any, and nothing is known of them.
struct Processes {
  /// Where the kernel begins to number namespaces: PROC_PID_INIT_INO.
  private static let first = "pid:[4026531836]"

  private let areKnown: Bool

  init() {
    var target = [CChar](repeating: 0, count: 64)
    let count = unsafe readlink("/proc/self/ns/pid", &target, target.count)
    areKnown =
      count > 0
      && String(decoding: target.prefix(count).map { UInt8(truncatingIfNeeded: $0) }, as: UTF8.self)
        == Processes.first
  }

  /// Whether a process has not ended, as far as is known. System calls: kill(2).
  func isThere(_ id: UInt32) -> Bool {
    guard areKnown, let id = pid_t(exactly: id), id > 0 else { return true }
    return kill(id, 0) == 0 || errno != ESRCH
  }

  /// The name of a process, that of its first thread; nil if it has ended. System calls: open(2), read(2), close(2).
  func name(of id: UInt32) -> String? {
    guard areKnown, id > 0,
      let file = try? FileDescriptor.open(FilePath("/proc/\(id)/comm"), .readOnly, options: .closeOnExec)
    else { return nil }
    defer { try? file.close() }
    var bytes = [UInt8](repeating: 0, count: 64)
    let count = unsafe bytes.withUnsafeMutableBytes { bytes in (try? unsafe file.read(into: bytes)) ?? 0 }
    guard count > 1 else { return nil }
    // A newline ends it.
    return String(decoding: bytes.prefix(count - 1), as: UTF8.self)
  }
}
