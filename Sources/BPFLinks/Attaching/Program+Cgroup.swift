//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFObjects
public import BPFSyscall
public import SystemPackage

/// How a program shares a control group's place with those of the groups above and below.
public enum CgroupSharing: Sendable {
  /// Its programs run, and those of the groups above it. `BPF_F_ALLOW_MULTI`, Linux 4.15.
  case multiple
  /// It runs unless a group below has a program of its own. `BPF_F_ALLOW_OVERRIDE`, Linux 4.10.
  case overridable
  /// It runs, and no group below can have a program. Linux 4.10.
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
  /// Attaches the program to a control group (version 2), for what the processes in it and in the groups below do.
  ///
  /// Before Linux 5.7, which brought links to control groups, it is attached without: it then stays when the process dies,
  /// unless it ends this object first.
  ///
  /// System calls: `BPF_LINK_CREATE` and `BPF_OBJ_GET_INFO_BY_FD`, or `BPF_PROG_ATTACH` and `fcntl(F_DUPFD_CLOEXEC)` twice.
  /// Linux 4.15. Capabilities: `CAP_BPF` and `CAP_NET_ADMIN`.
  ///
  /// - Parameters:
  ///   - cgroup: an open descriptor of the group's directory.
  ///   - attachType: what it is for; nil for what its section's name says.
  ///   - order: the program's place among others of the group; other than `.any` since Linux 6.17.
  /// - Returns: the link, as long as which the program stays attached.
  /// - Throws: `BPFError`. `BPFError.Code.invalidArgument` for a descriptor of something else, or if `attachType` does not
  ///   fit, `BPFError.Code.alreadyExists` if a program is there that shares with none,
  ///   `BPFError.Code.unsupported` for an order on a kernel that takes none, `BPFError.Code.wrongObject` for a program of
  ///   another type, `BPFError.Code.permissionDenied`.
  public func attach(
    toCgroup cgroup: FileDescriptor, for attachType: AttachType? = nil, order: AttachOrder = .any
  ) throws(BPFError) -> Link {
    try attach(to: NamedCgroup(cgroup), for: attachType, order: order)
  }

  private func attach(
    to group: NamedCgroup, for attachType: AttachType?, order: AttachOrder
  ) throws(BPFError) -> Link {
    let (place, attachType) = try cgroupPlace(group, attachType)
    do throws(BPFError) {
      return try order.withFlags { (flags, relative) throws(BPFError) in
        try place.link(self) { (program) throws(Errno) in
          let creation = BPFCommand.LinkCreation(
            program, to: group.descriptor, attachType: attachType.rawValue, flags: flags)
          guard flags != 0 else { return try BPFCommand.linkCreate(creation) }
          return try BPFCommand.linkCreate(creation, relative: relative, expectedRevision: 0)
        }
      }
    } catch {
      guard error.errno == .invalidArgument else { throw group.explaining(error) }
      guard order.isAny else {
        throw group.explaining(error, order, isTaken: takesCgroupOrder(for: attachType))
      }
      return try attachDirectly(place, group, attachType, .multiple)
    }
  }

  /// Whether the kernel takes an order among the programs of a control group: one that does looks for the group next
  /// (`EBADF`). Linux 6.17, and older kernels by an update.
  private func takesCgroupOrder(for attachType: AttachType) -> Bool {
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

  /// Attaches the program to the control group of a path, such as /sys/fs/cgroup/system.slice. See
  /// ``attach(toCgroup:for:order:)-(FileDescriptor,_,_)``.
  ///
  /// - Throws: `BPFError`; `BPFError.Code.notFound` if there is nothing at the path, `BPFError.Code.invalidArgument` for a
  ///   control group of version 1 or another directory: the error says where version 2 is mounted.
  public func attach(
    toCgroup path: FilePath, for attachType: AttachType? = nil, order: AttachOrder = .any
  ) throws(BPFError) -> Link {
    let cgroup = try OpenedTarget(path, subject)
    return try attach(to: NamedCgroup(cgroup.descriptor.borrowed, path), for: attachType, order: order)
  }

  /// Attaches the program to a control group without a link, sharing with other groups as one likes.
  ///
  /// The program stays when the process dies, unless it ends this object first.
  ///
  /// System calls: `BPF_PROG_ATTACH`, `fcntl(F_DUPFD_CLOEXEC)` twice. Linux 4.10. Capabilities: `CAP_BPF` and
  /// `CAP_NET_ADMIN`.
  ///
  /// - Parameters:
  ///   - cgroup: an open descriptor of the group's directory.
  ///   - attachType: what it is for; nil for what its section's name says.
  ///   - sharing: what it leaves to others.
  /// - Returns: what detaches the program when it goes.
  /// - Throws: `BPFError`, as ``attach(toCgroup:for:order:)-(FileDescriptor,_,_)``.
  public func attach(
    toCgroup cgroup: FileDescriptor, for attachType: AttachType? = nil, sharing: CgroupSharing
  ) throws(BPFError) -> Link {
    let group = NamedCgroup(cgroup)
    let (place, attachType) = try cgroupPlace(group, attachType)
    return try attachDirectly(place, group, attachType, sharing)
  }

  private func attachDirectly(
    _ place: AttachTarget, _ group: NamedCgroup, _ attachType: AttachType, _ sharing: CgroupSharing
  ) throws(BPFError) -> Link {
    do throws(Errno) {
      let attachment = try withFileDescriptor { (program) throws(Errno) in
        try DirectAttachment(program, id: id, to: group.descriptor, attachType, flags: sharing.flags)
      }
      return Link(attachment, to: place.description, program: id)
    } catch {
      throw group.explaining(place.failure(self, error))
    }
  }

  private func cgroupPlace(
    _ group: NamedCgroup, _ attachType: AttachType?
  ) throws(BPFError) -> (AttachTarget, AttachType) {
    let only = AttachTarget.onlyCgroupAttachType[type]
    guard let found = attachType ?? definition?.expectedAttachType ?? only else {
      throw BPFError(
        .attach, .invalidArgument, subject,
        "what it is for in the control group is not known: name it, such as .cgroupInetIngress")
    }
    var place = AttachTarget(
      "\(found) of control group \(group.name)", .cgroupSKB, .cgroupSock, .cgroupSockAddr, .cgroupSockopt,
      .cgroupSysctl, .cgroupDevice, .sockOps, .lsm, since: "Linux \(found.minimumKernelVersion ?? "4.10")")
    place.causes = [
      .badFileDescriptor: (
        .invalidArgument, "\(group.name) is not a control group of version 2"
      ),
      .invalidArgument: (
        .invalidArgument,
        "the program is not for \(found), or is attached to control group \(group.name) already"
      ),
      .notPermitted: (
        .permissionDenied,
        "a program is attached to control group \(group.name), or to one above it, that lets no others be"
      ),
    ]
    try place.check(self)
    return (place, found)
  }
}

/// A control group as it was given, so that messages name it so.
private struct NamedCgroup {
  let descriptor: FileDescriptor
  /// Its path in quotation marks, or the number of its descriptor.
  let name: String

  init(_ descriptor: FileDescriptor, _ path: FilePath? = nil) {
    self.descriptor = descriptor
    name = path.map { "'\($0)'" } ?? "of descriptor \(descriptor.rawValue)"
  }

  /// Says of a descriptor that was refused what it is, and where control groups of version 2 are.
  func explaining(_ error: BPFError) -> BPFError {
    guard error.errno == .badFileDescriptor,
      let refusal = CgroupFileSystem.refusal(
        of: descriptor, name.hasPrefix("'") ? name : "descriptor \(descriptor.rawValue)")
    else { return error }
    var error = error
    error.explanation = refusal
    return error
  }
}

extension NamedCgroup {
  /// Says of an order that was refused since when control groups have one, or how to name a program that a link holds.
  fileprivate func explaining(_ error: BPFError, _ order: AttachOrder, isTaken: Bool) -> BPFError {
    var error = error
    guard !isTaken else {
      switch order {
      case .before, .after:
        error.explanation +=
          ", or the other program is attached by a link: name that, by beforeLink or afterLink"
      default: break
      }
      return error
    }
    error.code = .unsupported
    error.explanation =
      "this kernel runs the programs of control group \(name) in the order in which they were attached, and takes no "
      + "other: \(KernelRelease.requirement("6.17"))"
    return error
  }
}

extension AttachTarget {
  /// What programs of a type are for, where that is one thing.
  fileprivate static let onlyCgroupAttachType: [ProgramType: AttachType] = [
    .sockOps: .cgroupSockOps, .cgroupDevice: .cgroupDevice, .cgroupSysctl: .cgroupSysctl,
  ]
}
