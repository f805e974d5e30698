//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFObjects
internal import BPFSyscall
internal import SystemPackage

/// A hook whose programs are listed: its description, and the meaning of the kernel's errors.
struct ListedHook {
  /// A description for messages, such as `ingress of the network interface 'eth0' (index 2)`.
  let description: String
  let attachType: AttachType
  /// The release that introduced the list, such as `6.6`.
  let since: String
  /// Causes that are particular to this hook; other errors have the usual cause.
  var causes: [Errno: AttachTarget.Cause]

  init(
    _ description: String, _ attachType: AttachType, since: String,
    causes: [Errno: AttachTarget.Cause] = [:]
  ) {
    (self.description, self.attachType, self.since, self.causes) = (description, attachType, since, causes)
  }

  /// Returns the programs that a query finds.
  func programs(_ query: BPFCommand.ProgramQuery) throws(BPFError) -> AttachedPrograms {
    let found: BPFCommand.AttachedPrograms
    do throws(Errno) {
      found = try BPFCommand.programQuery(query)
    } catch {
      throw failure(error)
    }
    let programs = found.ids.indices.map { index in
      let link = found.linkIDs.isEmpty ? 0 : found.linkIDs[index]
      return AttachedProgram(
        programID: ProgramID(rawValue: found.ids[index]), linkID: link == 0 ? nil : LinkID(rawValue: link),
        flags: AttachFlags(rawValue: found.programFlags.isEmpty ? 0 : found.programFlags[index]), xdpMode: nil
      )
    }
    // Older kernels tell the flags of the group for effective programs, too, which several groups may have.
    return AttachedPrograms(
      attachType: attachType, programs: programs,
      flags: AttachFlags(rawValue: query.isEffective ? 0 : found.flags),
      revision: found.revision == 0 ? nil : found.revision)
  }

  /// Returns the error for a list that the kernel refused.
  func failure(_ errno: Errno) -> BPFError {
    let isTooOld = errno == .invalidArgument && KernelRelease.isOlder(than: since)
    let (code, text) = (isTooOld ? nil : causes[errno]) ?? usualCause(errno)
    return BPFError(.listAttached, code, errno: errno, "\(description): \(text)")
  }

  private func usualCause(_ errno: Errno) -> AttachTarget.Cause {
    switch errno {
    case .notPermitted, .permissionDenied:
      (
        .permissionDenied,
        Privilege.refusal(of: "listing the programs of a hook", needing: [.netAdmin])
          ?? "a security policy of this system forbids it"
      )
    case .invalidArgument, .argListTooLong, .notSupported, .notSupportedByKernel:
      (
        .unsupported,
        "this kernel does not list its programs"
          + (KernelRelease.isOlder(than: since) ? ": \(KernelRelease.requirement(since))" : "")
      )
    case .noMemory, .noBufferSpace, .tooManyOpenFiles, .tooManyOpenFilesInSystem:
      (.outOfResources, "no descriptor or memory is left for the list")
    default: (errno.unansweredCode, "the kernel does not list its programs")
    }
  }
}
