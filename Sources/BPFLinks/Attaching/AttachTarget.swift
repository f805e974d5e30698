//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFObjects
internal import BPFSyscall
internal import SystemPackage

/// A hook that a program attaches to: its description, the program types that it accepts, and the meaning of the
/// kernel's errors.
struct AttachTarget {
  /// An error code with an explanation.
  typealias Cause = (code: BPFError.Code, text: String)

  /// A description for messages, such as `tracepoint 'sched:sched_switch'`.
  let description: String

  /// The program types that this hook accepts.
  let types: [ProgramType]

  /// Causes that are particular to this hook; other errors have the usual cause.
  var causes: [Errno: Cause] = [:]

  /// The release that introduced attaching to this hook, such as `Linux 5.7`.
  var since: String

  init(_ description: String, _ types: ProgramType..., since: String, causes: [Errno: Cause] = [:]) {
    (self.description, self.types, self.since, self.causes) = (description, types, since, causes)
  }
}

// MARK: - Attaching

extension AttachTarget {
  /// Explains a refusal by an expected revision; 0 for none.
  mutating func expect(_ revision: UInt64) {
    guard revision != 0 else { return }
    causes[.staleNFSFileHandle] = (
      .changed,
      "its programs have changed since revision \(revision): list them again, and attach with the new revision"
    )
  }

  /// Checks the program's type and attaches the program with a kernel link.
  func link(
    _ program: Program, _ create: (FileDescriptor) throws(Errno) -> OwnedDescriptor
  ) throws(BPFError) -> Link {
    try check(program)
    let descriptor: OwnedDescriptor
    do throws(Errno) {
      descriptor = try program.withFileDescriptor(create)
    } catch {
      throw failure(program, error)
    }
    return try Link(adopting: descriptor, to: description, operation: .attach)
  }

  /// Throws `wrongObject` unless this hook accepts the program's type.
  func check(_ program: Program) throws(BPFError) {
    guard types.contains(program.type) else {
      let list = types.map { "\($0)" }.joined(separator: " or ")
      throw BPFError(
        .attach, .wrongObject, program.subject,
        "a program of type \(program.type) cannot be attached to \(description), which takes type \(list)")
    }
  }

  /// Returns the error for a failed attachment.
  func failure(_ program: Program, _ errno: Errno) -> BPFError {
    if let missing = missingPrivilege(program, errno) {
      return BPFError(.attach, .permissionDenied, errno: errno, program.subject, missing)
    }
    let cause = cause(of: errno)
    return BPFError(.attach, cause.code, errno: errno, program.subject, cause.text)
  }

  /// Returns a sentence that names the missing capability; nil if the error has another cause.
  private func missingPrivilege(_ program: Program, _ errno: Errno) -> String? {
    switch errno {
    case .notPermitted, .permissionDenied: if causes[errno] != nil, program.type != .cgroupSKB { return nil }
    // `BPF_PROG_ATTACH` reports a missing capability as EINVAL for programs of this type.
    case .invalidArgument where program.type == .cgroupSKB: break
    default: return nil
    }
    let action = "attaching to \(description)"
    if let missing = Privilege.refusal(of: action, needing: program.type.attachCapabilities) {
      return missing
    }
    // Uprobes need CAP_SYS_ADMIN on recent kernels.
    guard program.type.capabilities.contains(.perfmon), errno != .invalidArgument else { return nil }
    return Privilege.refusal(of: action, needing: [.sysAdmin])
  }

  /// Returns the cause of an error. Its text names the hook.
  func cause(of errno: Errno) -> Cause {
    let cause = causes[errno] ?? usualCause(errno)
    return cause.text.contains(description) ? cause : (cause.code, "\(description): \(cause.text)")
  }

  private func usualCause(_ errno: Errno) -> Cause {
    switch errno {
    case .notPermitted, .permissionDenied:
      (.permissionDenied, "a security policy of this system forbids attaching to \(description)")
    case .noSuchFileOrDirectory, .noSuchAddressOrDevice, .operationNotSupportedByDevice:
      (.notFound, "there is no \(description)")
    case .fileExists, .resourceBusy: (.alreadyExists, "\(description) is in use, or already has this program")
    case .invalidArgument, .argListTooLong, .notSupported, .notSupportedByKernel:
      (
        .unsupported,
        KernelRelease.isOlder(than: since)
          ? "this kernel cannot attach programs to \(description) like this: \(KernelRelease.requirement(since))"
          : "this kernel cannot attach the program to \(description) like this"
      )
    case .tooManyOpenFiles, .tooManyOpenFilesInSystem, .noMemory, .noBufferSpace:
      (.outOfResources, "no descriptor or memory is left for the link")
    case .staleNFSFileHandle: (.changed, "the programs at \(description) changed in the meantime")
    default: (.system, "\(description) rejects the program")
    }
  }
}
