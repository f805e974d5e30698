//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFInstructions
internal import BPFSyscall
internal import SystemPackage

/// The verifier's answer to a program that calls a function of the kernel.
enum CallAnswer: Sendable {
  /// Programs of the type may call the function.
  case callable
  /// The kernel has the function, but programs of the type may not call it.
  case refused
  /// The kernel does not have the function.
  case missing
}

extension ProgramProbe {
  /// Returns whether a program may call a function.
  ///
  /// The program passes no arguments, so the verifier usually rejects it. It checks whether the program may call the
  /// function before it checks the arguments, and says in its log which check failed.
  ///
  /// - Parameters:
  ///   - call: the call instruction.
  ///   - name: the function's name, for errors.
  func answer(calling call: Instruction, _ name: String) throws(BPFError) -> CallAnswer {
    let answer = answer(to: [call] + Instruction.returnZero)
    guard let errno = answer.errno else { return .callable }
    guard !ProgramProbe.shortages.contains(errno) else {
      throw failure(answer, probing: "\(name) in programs of type \(type)")
    }
    let log = answer.log
    if log.contains("invalid func ") || log.contains("is not a function") { return .missing }
    if log.contains("calling kernel function ") { return .refused }
    if log.contains("unknown func ") || log.contains("program of this type cannot use helper ") {
      // Without the capability, the kernel pretends that programs cannot call functions for tracing.
      guard Capability.perfmon.isEffective == true || Capability.sysAdmin.isEffective == true else {
        throw BPFError(
          .probe, .permissionDenied,
          "cannot tell whether programs of type \(type) may call \(name): "
            + (Privilege.refusal(of: "probing for this", needing: [.bpf, .perfmon])
              ?? "the kernel hides functions for tracing from this process"))
      }
      return .refused
    }
    // The verifier writes each instruction before it checks it.
    if log.contains("(85) call ") { return .callable }
    throw failure(answer, probing: "\(name) in programs of type \(type)")
  }
  /// The errors with which the kernel gives no answer, whatever the log says.
  private static var shortages: [Errno] {
    [
      .noMemory, .noSpace, .resourceTemporarilyUnavailable, .interrupted, .tooManyOpenFiles,
      .tooManyOpenFilesInSystem,
    ]
  }
}
