//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import CLibrary
import SystemPackage

/// Looks up processes by the ids that BPF programs see.
///
/// These are the ids of the initial PID namespace (pid_namespaces(7)). In another namespace, the same ids refer to
/// other processes or none. There, all processes are assumed to exist, and no names are known.
struct Processes {
  /// The initial PID namespace: PROC_PID_INIT_INO.
  private static let initialNamespace = "pid:[4026531836]"

  private let isInInitialNamespace: Bool

  init() {
    var target = [CChar](repeating: 0, count: 64)
    let count = unsafe readlink("/proc/self/ns/pid", &target, target.count)
    isInInitialNamespace =
      count > 0
      && String(decoding: target.prefix(count).map { UInt8(truncatingIfNeeded: $0) }, as: UTF8.self)
        == Processes.initialNamespace
  }

  /// Returns whether a process exists, or true if that is unknown.
  ///
  /// System calls: kill(2).
  func exists(_ id: UInt32) -> Bool {
    guard isInInitialNamespace, let id = pid_t(exactly: id), id > 0 else { return true }
    return kill(id, 0) == 0 || errno != ESRCH
  }

  /// Returns the name of a process's main thread; nil if the process has ended.
  ///
  /// System calls: open(2), read(2), close(2).
  func name(of id: UInt32) -> String? {
    guard isInInitialNamespace, id > 0,
      let file = try? FileDescriptor.open(FilePath("/proc/\(id)/comm"), .readOnly, options: .closeOnExec)
    else { return nil }
    defer { try? file.close() }
    var bytes = [UInt8](repeating: 0, count: 64)
    let count = unsafe bytes.withUnsafeMutableBytes { bytes in (try? unsafe file.read(into: bytes)) ?? 0 }
    guard count > 1 else { return nil }
    // The name ends with a newline.
    return String(decoding: bytes.prefix(count - 1), as: UTF8.self)
  }
}
