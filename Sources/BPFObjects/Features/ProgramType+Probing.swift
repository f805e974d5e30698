//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFInstructions
public import BPFSyscall
internal import SystemPackage

extension ProgramType {
  private static let answers = KernelAnswers<ProgramType, Bool>()

  /// Returns whether the running kernel has programs of this type.
  ///
  /// The first call has the verifier check the smallest program of the type. The answer is cached.
  ///
  /// System calls: at the first call `BPF_PROG_LOAD` and close(2); for ``tracing`` and ``lsm`` also those of
  /// `BTFTypes.vmlinux()` once in the process; later none. Capabilities: those of loading such a program, `CAP_BPF`,
  /// and `CAP_PERFMON` for tracing or `CAP_NET_ADMIN` for networks.
  ///
  /// - Returns: false if the kernel does not have the type, or was built without it.
  /// - Throws: `BPFError`; `BPFError.Code.permissionDenied` if the caller may not load such programs, since the answer is
  ///   then unknown; `BPFError.Code.unavailable` if the kernel's types are needed and cannot be read.
  public func isSupported() throws(BPFError) -> Bool {
    try ProgramType.answers.get(self) { () throws(BPFError) in try probe() }
  }

  /// Throws an error if the running kernel does not have programs of this type.
  ///
  /// - Throws: `BPFError`; `BPFError.Code.unsupported` with the release that brought the type, and otherwise as
  ///   ``isSupported()``.
  public func requireSupport() throws(BPFError) {
    guard try !isSupported() else { return }
    throw BPFError.absence(of: "programs of type \(self)", since: minimumKernelVersion)
  }

  /// Asks the kernel whether it has programs of this type, without the cache.
  package func probe() throws(BPFError) -> Bool {
    guard let probe = try ProgramProbe(self) else { return false }
    let answer = probe.answer(to: Instruction.returnZero)
    // A program of a type that the kernel lacks does not reach the verifier, which writes the log.
    guard let errno = answer.errno, answer.log.isEmpty else { return true }
    switch errno {
    case .invalidArgument, .argListTooLong, .notSupportedByKernel: return false
    default: throw probe.failure(answer, probing: "programs of type \(self)")
    }
  }
}
