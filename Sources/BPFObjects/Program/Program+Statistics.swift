//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFSyscall
internal import SystemPackage

extension Program {
  /// An object that makes the kernel count and time program runs while it exists; see ``ProgramInfo/runCount`` and
  /// ``ProgramInfo/runTime``.
  ///
  /// Applies to all programs of the system, and costs each run some tens of nanoseconds.
  public final class RunTimeStatistics: Sendable {
    private let descriptor: OwnedDescriptor

    /// Enables counting.
    ///
    /// System calls: one, `BPF_ENABLE_STATS`. Linux 5.8. Capability: `CAP_SYS_ADMIN`.
    ///
    /// - Throws: `BPFError`. `BPFError.Code.permissionDenied`; `BPFError.Code.unsupported` before Linux 5.8.
    public init() throws(BPFError) {
      do throws(Errno) {
        descriptor = try BPFCommand.enableRunTimeStatistics()
      } catch {
        throw switch error {
        case .notPermitted:
          BPFError(
            .enableStatistics, .permissionDenied, errno: error,
            Privilege.refusal(of: "counting the run times of programs", needing: [.sysAdmin])
              ?? "a security policy of this system forbids it")
        case .invalidArgument:
          BPFError(
            .enableStatistics, .unsupported, errno: error,
            "this kernel does not count them on request: \(KernelRelease.requirement("5.8"))")
        default: BPFError(.enableStatistics, .system, errno: error)
        }
      }
    }
  }

  /// Calls a closure while the kernel counts and times the runs of all programs.
  ///
  /// The kernel keeps counting while another ``RunTimeStatistics`` exists, in any process, or the sysctl
  /// `kernel.bpf_stats_enabled` is set.
  ///
  /// ```swift
  /// let count = try Program(name: "count")
  /// let before = try count.info()
  /// try Program.withRunTimeStatistics { _ = try count.run(data: [UInt8](repeating: 0, count: 64), repetitions: 1000) }
  /// let after = try count.info()
  /// print((after.runTime - before.runTime) / Int(after.runCount - before.runCount))
  /// ```
  ///
  /// System calls: `BPF_ENABLE_STATS` and close(2). Linux 5.8. Capability: `CAP_SYS_ADMIN`.
  ///
  /// - Parameter body: the closure. What it throws is thrown as it is.
  /// - Returns: the closure's result.
  /// - Throws: `BPFError` before the closure is called; `BPFError.Code.permissionDenied`, or `BPFError.Code.unsupported`
  ///   before Linux 5.8.
  public static func withRunTimeStatistics<R>(_ body: () throws -> R) throws -> R {
    let statistics = try RunTimeStatistics()
    defer { withExtendedLifetime(statistics) {} }
    return try body()
  }
}
