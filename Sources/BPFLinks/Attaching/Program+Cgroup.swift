//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFObjects
public import BPFSyscall
public import SystemPackage

/// A policy for sharing a control group's hook with programs of ancestor and descendant groups.
public enum CgroupSharing: Sendable {
  /// This group's programs run, and those of its ancestors. `BPF_F_ALLOW_MULTI`, Linux 4.15.
  case multiple
  /// The program runs unless a descendant group has its own. `BPF_F_ALLOW_OVERRIDE`, Linux 4.10.
  case overridable
  /// The program runs, and no descendant group can have a program. Linux 4.10.
  case exclusive

  fileprivate var flags: UInt32 {
    switch self {
    case .multiple: AttachFlag.multiple
    case .overridable: AttachFlag.overridable
    case .exclusive: 0
    }
  }
}

extension Program {
  /// Attaches the program to a control group (version 2). The program runs for the processes in the group and in its
  /// descendants.
  ///
  /// Before Linux 5.7, which introduced control group links, attaches without a link. The program then stays attached
  /// if the process dies before it releases the returned object.
  ///
  /// System calls: `BPF_LINK_CREATE` and `BPF_OBJ_GET_INFO_BY_FD`, or `BPF_PROG_ATTACH` and `fcntl(F_DUPFD_CLOEXEC)`
  /// twice. Linux 4.15. Capabilities: `CAP_BPF` and `CAP_NET_ADMIN`.
  ///
  /// - Parameters:
  ///   - cgroup: an open descriptor of the group's directory.
  ///   - attachType: the hook of the control group; nil for the one that the section's name specifies.
  ///   - order: the program's position among the group's programs. Orders other than `.any` require Linux 6.17, or a
  ///     kernel with its backport.
  ///   - revision: the expected ``AttachedPrograms/revision`` of the group's programs; attaching fails with any other.
  ///     0 for any revision. Others require the same kernels as an order.
  /// - Returns: a link that keeps the program attached while it exists.
  /// - Throws: `BPFError`. `BPFError.Code.invalidArgument` if the descriptor is not a control group's, or `attachType`
  ///   does not fit; `BPFError.Code.alreadyExists` if an exclusive program is attached; `BPFError.Code.changed` if the
  ///   list has another revision; `BPFError.Code.unsupported` for an order or revision that the kernel does not
  ///   support; `BPFError.Code.wrongObject` for a program of another type; `BPFError.Code.permissionDenied`.
  public func attach(
    toCgroup cgroup: FileDescriptor, for attachType: AttachType? = nil, order: AttachOrder = .any,
    revision: UInt64 = 0
  ) throws(BPFError) -> Link {
    try attach(to: NamedCgroup(cgroup), for: attachType, order, revision)
  }

  private func attach(
    to group: NamedCgroup, for attachType: AttachType?, _ order: AttachOrder, _ revision: UInt64
  ) throws(BPFError) -> Link {
    var (hook, attachType) = try cgroupHook(group, attachType)
    hook.expect(revision)
    // Kernels without orders ignore an expected revision.
    if revision != 0, !supportsCgroupOrder(for: attachType) { throw group.refusal(ofRevision: subject) }
    do throws(BPFError) {
      return try order.withFlags { (flags, relative) throws(BPFError) in
        try hook.link(self) { (program) throws(Errno) in
          let creation = BPFCommand.LinkCreation(
            program, to: group.descriptor, attachType: attachType.rawValue, flags: flags)
          guard flags != 0 || revision != 0 else { return try BPFCommand.linkCreate(creation) }
          return try BPFCommand.linkCreate(creation, relative: relative, expectedRevision: revision)
        }
      }
    } catch {
      guard error.errno == .invalidArgument else { throw group.explaining(error) }
      guard order.isAny, revision == 0 else {
        throw group.explaining(error, order, isSupported: supportsCgroupOrder(for: attachType))
      }
      return try attachDirectly(hook, group, attachType, .multiple)
    }
  }

  /// Whether the kernel supports an order among the programs of a control group: such a kernel looks up the group next
  /// (`EBADF`). Linux 6.17, and older kernels with its backport.
  private func supportsCgroupOrder(for attachType: AttachType) -> Bool {
    do throws(Errno) {
      _ = try withFileDescriptor { (program) throws(Errno) in
        var creation = BPFCommand.LinkCreation(program, attachType: attachType.rawValue)
        (creation.target, creation.flags) = (.max, AttachFlag.before)
        return try BPFCommand.linkCreate(creation)
      }
    } catch {
      return error == .badFileDescriptor
    }
    return false
  }

  /// Attaches the program to the control group at a path, such as /sys/fs/cgroup/system.slice. See
  /// ``attach(toCgroup:for:order:revision:)-(FileDescriptor,_,_,_)``.
  ///
  /// - Throws: `BPFError`; `BPFError.Code.notFound` if the path does not exist; `BPFError.Code.invalidArgument` for a
  ///   control group of version 1 or another directory: the error names the mount point of version 2.
  public func attach(
    toCgroup path: FilePath, for attachType: AttachType? = nil, order: AttachOrder = .any,
    revision: UInt64 = 0
  ) throws(BPFError) -> Link {
    let cgroup = try OpenedTarget(path, .attach, subject)
    return try attach(to: NamedCgroup(cgroup.descriptor.borrowed, path), for: attachType, order, revision)
  }

  /// Attaches the program to a control group without a link, with a choice of sharing.
  ///
  /// The program stays attached if the process dies before it releases the returned object.
  ///
  /// System calls: `BPF_PROG_ATTACH`, `fcntl(F_DUPFD_CLOEXEC)` twice. Linux 4.10. Capabilities: `CAP_BPF` and
  /// `CAP_NET_ADMIN`.
  ///
  /// - Parameters:
  ///   - cgroup: an open descriptor of the group's directory.
  ///   - attachType: the hook of the control group; nil for the one that the section's name specifies.
  ///   - sharing: whether other programs run as well.
  /// - Returns: an attachment that detaches the program when it is released.
  /// - Throws: `BPFError`, as ``attach(toCgroup:for:order:revision:)-(FileDescriptor,_,_,_)``.
  public func attach(
    toCgroup cgroup: FileDescriptor, for attachType: AttachType? = nil, sharing: CgroupSharing
  ) throws(BPFError) -> Link {
    let group = NamedCgroup(cgroup)
    let (hook, attachType) = try cgroupHook(group, attachType)
    return try attachDirectly(hook, group, attachType, sharing)
  }

  /// Attaches the program to the control group at a path without a link, with a choice of sharing. See
  /// ``attach(toCgroup:for:sharing:)-(FileDescriptor,_,_)``.
  ///
  /// - Throws: `BPFError`, as ``attach(toCgroup:for:order:revision:)-(FilePath,_,_,_)``.
  public func attach(
    toCgroup path: FilePath, for attachType: AttachType? = nil, sharing: CgroupSharing
  ) throws(BPFError) -> Link {
    let cgroup = try OpenedTarget(path, .attach, subject)
    let group = NamedCgroup(cgroup.descriptor.borrowed, path)
    let (hook, attachType) = try cgroupHook(group, attachType)
    return try attachDirectly(hook, group, attachType, sharing)
  }

  private func attachDirectly(
    _ hook: AttachTarget, _ group: NamedCgroup, _ attachType: AttachType, _ sharing: CgroupSharing
  ) throws(BPFError) -> Link {
    do throws(Errno) {
      let attachment = try withFileDescriptor { (program) throws(Errno) in
        try DirectAttachment(program, id: id, to: group.descriptor, attachType, flags: sharing.flags)
      }
      return Link(attachment, to: hook.description, program: id)
    } catch {
      throw group.explaining(hook.failure(self, error))
    }
  }

  private func cgroupHook(
    _ group: NamedCgroup, _ attachType: AttachType?
  ) throws(BPFError) -> (AttachTarget, AttachType) {
    let only = AttachTarget.onlyCgroupAttachType[type]
    guard let found = attachType ?? definition?.expectedAttachType ?? only else {
      throw BPFError(
        .attach, .invalidArgument, subject,
        "the program's hook in the control group is unknown: name it, such as .cgroupInetIngress")
    }
    var hook = AttachTarget(
      "\(found) of control group \(group.name)", .cgroupSKB, .cgroupSock, .cgroupSockAddr, .cgroupSockopt,
      .cgroupSysctl, .cgroupDevice, .sockOps, .lsm, since: "Linux \(found.minimumKernelVersion ?? "4.10")")
    hook.causes = [
      .badFileDescriptor: (
        .invalidArgument, "\(group.name) is not a control group of version 2"
      ),
      .invalidArgument: (
        .invalidArgument,
        "the program is not for \(found), or is attached to control group \(group.name) already"
      ),
      .notPermitted: (
        .permissionDenied,
        "control group \(group.name), or one above it, has a program that allows no others"
      ),
    ]
    try hook.check(self)
    return (hook, found)
  }
}

extension NamedCgroup {
  /// Returns the error with the release that supports the rejected order, or with another way to specify it.
  fileprivate func explaining(_ error: BPFError, _ order: AttachOrder, isSupported: Bool) -> BPFError {
    var error = error
    guard !isSupported else {
      switch order {
      case .before, .after:
        error.explanation +=
          ", or the other program is attached with a link: name that link with beforeLink or afterLink"
      default: break
      }
      return error
    }
    error.code = .unsupported
    error.explanation =
      "this kernel runs the programs of control group \(name) only in the order in which they were attached: "
      + KernelRelease.requirement("6.17")
    return error
  }

  /// Returns the error for an expected revision that the kernel would ignore.
  fileprivate func refusal(ofRevision program: BPFError.Subject) -> BPFError {
    BPFError(
      .attach, .unsupported, program,
      "this kernel does not count the revisions of control group \(name): \(KernelRelease.requirement("6.17"))"
    )
  }
}

extension AttachTarget {
  /// The attach types of program types that have only one.
  fileprivate static let onlyCgroupAttachType: [ProgramType: AttachType] = [
    .sockOps: .cgroupSockOps, .cgroupDevice: .cgroupDevice, .cgroupSysctl: .cgroupSysctl,
  ]
}
