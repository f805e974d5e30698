//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import Testing

#if canImport(Glibc)
import Glibc
#else
import Musl
#endif

extension Trait where Self == ConditionTrait {
  /// Runs as root, on kernels that have the program types of every_kind.bpf.c: one is of type `syscall`, since Linux 5.14.
  static var loading: Self {
    .enabled(if: geteuid() == 0 && hasProgramTypes, "needs root, and programs of type syscall")
  }

  private static var hasProgramTypes: Bool {
    do {
      _ = try EveryKind.load()
      return true
    } catch {
      // Any other failure is the tests' to report.
      return error.code != .unsupported
    }
  }
}
