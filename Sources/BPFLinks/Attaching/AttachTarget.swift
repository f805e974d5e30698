//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFObjects
internal import BPFSyscall
internal import SystemPackage

/// Where a program is to be attached: in words, which types of programs may be, and what the kernel's refusals mean
/// there.
struct AttachTarget {
  /// What a refusal means.
  typealias Cause = (code: BPFError.Code, text: String)

  /// In words, such as `tracepoint 'sched:sched_switch'`.
  let description: String

  /// The types of programs that may be attached there.
  let types: [ProgramType]

  /// Causes that are particular to the place.
  var causes: [Errno: Cause] = [:]

  /// Since when the kernel attaches programs there, such as `Linux 5.7`.
  var since: String

  init(_ description: String, _ types: ProgramType..., since: String, causes: [Errno: Cause] = [:]) {
    (self.description, self.types, self.since, self.causes) = (description, types, since, causes)
  }
}

// MARK: - Attaching

extension AttachTarget {
  /// Attaches a program, if its type may be, by a link that the kernel makes.
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

  /// Refuses a program of another type.
  func check(_ program: Program) throws(BPFError) {
    guard types.contains(program.type) else {
      let list = types.map { "\($0)" }.joined(separator: " or ")
      throw BPFError(
        .attach, .wrongObject, program.subject,
        "a program of type \(program.type) cannot be attached to \(description), which takes type \(list)")
    }
  }

  /// What a refusal means.
  func failure(_ program: Program, _ errno: Errno) -> BPFError {
    if let missing = missingPrivilege(program, errno) {
      return BPFError(.attach, .permissionDenied, errno: errno, program.subject, missing)
    }
    let cause = cause(of: errno)
    return BPFError(.attach, cause.code, errno: errno, program.subject, cause.text)
  }

  /// The capability whose lack a refusal is about, as a sentence; nil if it is about something else.
  private func missingPrivilege(_ program: Program, _ errno: Errno) -> String? {
    switch errno {
    case .notPermitted, .permissionDenied: if causes[errno] != nil, program.type != .cgroupSKB { return nil }
    // `BPF_PROG_ATTACH` answers so.
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

  /// The cause of a refusal. Its text names the place.
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
    case .fileExists, .resourceBusy: (.alreadyExists, "\(description) is taken, or has this program already")
    case .invalidArgument, .argListTooLong, .notSupported, .notSupportedByKernel:
      (
        .unsupported,
        KernelRelease.isOlder(than: since)
          ? "this kernel attaches no programs to \(description) like this: \(KernelRelease.requirement(since))"
          : "this kernel does not attach the program to \(description) like this"
      )
    case .tooManyOpenFiles, .tooManyOpenFilesInSystem, .noMemory, .noBufferSpace:
      (.outOfResources, "no descriptor or memory is left for the link")
    case .staleNFSFileHandle: (.changed, "the programs at \(description) have changed meanwhile")
    default: (.system, "\(description) does not take it")
    }
  }
}
