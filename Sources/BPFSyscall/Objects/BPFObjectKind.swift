//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import CLinuxBPF
package import SystemPackage

/// A kind of BPF object with ids, descriptors and pins. Implements opening, listing and pinning for all kinds.
package enum BPFObjectKind: String, Sendable {
  case map, program, link

  /// The kind of descriptor that refers to such an object.
  package var descriptorKind: DescriptorKind {
    switch self {
    case .map: .map
    case .program: .program
    case .link: .link
    }
  }

  /// Returns the object as the subject of an error.
  package func subject(id: UInt32?) -> BPFError.Subject {
    switch self {
    case .map: .map(name: nil, id: id.map(MapID.init(rawValue:)))
    case .program: .program(name: nil, id: id.map(ProgramID.init(rawValue:)))
    case .link: .link(id: id.map(LinkID.init(rawValue:)))
    }
  }
}

// MARK: - By id

extension BPFObjectKind {
  /// Opens the object with the given id. `BPF_MAP_GET_FD_BY_ID`, `BPF_PROG_GET_FD_BY_ID` or `BPF_LINK_GET_FD_BY_ID`.
  package func open(id: UInt32, flags: UInt32 = 0) throws(BPFError) -> OwnedDescriptor {
    do throws(Errno) {
      return try BPFCommand.descriptor(commands.open, id: id, flags: flags)
    } catch {
      throw openFailure(error, id: id)
    }
  }

  /// Returns the ids of all objects of this kind, ascending. Makes one system call for each, and one more.
  package func ids() throws(BPFError) -> [UInt32] {
    var ids: [UInt32] = []
    do throws(Errno) {
      while let next = try BPFCommand.nextID(commands.next, after: ids.last ?? 0) { ids.append(next) }
    } catch {
      throw switch error {
      case .notPermitted: BPFError(.list, .permissionDenied, errno: error, byIDPrivilege)
      case .invalidArgument:
        BPFError(
          .list, .unsupported, errno: error,
          "this kernel has no \(rawValue) ids: "
            + KernelRelease.requirement(self == .link ? "5.8" : "4.13"))
      default:
        BPFError(.list, error.unansweredCode, errno: error, "cannot list the system's \(rawValue)s")
      }
    }
    return ids
  }

  /// Opens each object of this kind and returns the results, ascending by id. Skips objects that disappear meanwhile.
  package func all<Answer>(_ open: (UInt32) throws(BPFError) -> Answer) throws(BPFError) -> [Answer] {
    var answers: [Answer] = []
    for id in try ids() {
      do throws(BPFError) {
        answers.append(try open(id))
      } catch {
        if error.code != .notFound { throw error }
      }
    }
    return answers
  }

  private var commands: (open: linux_bpf_command, next: linux_bpf_command) {
    switch self {
    case .map: (LINUX_BPF_MAP_GET_FD_BY_ID, LINUX_BPF_MAP_GET_NEXT_ID)
    case .program: (LINUX_BPF_PROG_GET_FD_BY_ID, LINUX_BPF_PROG_GET_NEXT_ID)
    case .link: (LINUX_BPF_LINK_GET_FD_BY_ID, LINUX_BPF_LINK_GET_NEXT_ID)
    }
  }

  private func openFailure(_ errno: Errno, id: UInt32?) -> BPFError {
    let (code, text): (BPFError.Code, String) =
      switch errno {
      case .noSuchFileOrDirectory: (.notFound, "no \(rawValue) has this id")
      // A link gets its id before it is ready.
      case .resourceTemporarilyUnavailable: (.notFound, "the \(rawValue) is not ready yet")
      case .notPermitted: (.permissionDenied, byIDPrivilege)
      case .tooManyOpenFiles, .tooManyOpenFilesInSystem: (.outOfResources, exhausted)
      default: (errno.unansweredCode, "")
      }
    return BPFError(.open, code, errno: errno, subject(id: id), text)
  }

  /// Returns the error for a failure to read an open object's information.
  ///
  /// - Parameter target: the link's target; empty if unknown.
  package func informationFailure(
    _ operation: BPFError.Operation, _ errno: Errno, _ subject: BPFError.Subject, path: FilePath? = nil,
    target: String = ""
  ) -> BPFError {
    let refusal = errno == .notPermitted ? Privilege.refusalOfEveryCall.map { ": \($0)" } : nil
    return BPFError(
      operation, errno.unansweredCode, errno: errno, subject, path: path,
      "the kernel did not return information about the \(rawValue)" + (target.isEmpty ? "" : " to \(target)")
        + (refusal ?? ""))
  }

  private var byIDPrivilege: String {
    let action = "listing \(rawValue)s and opening them by id"
    if let missing = Privilege.refusal(of: action, needing: [.sysAdmin]) { return missing }
    let refusal = self == .map ? ", or the map does not allow this access" : ""
    return "a security policy of this system forbids it" + refusal
  }

  private var exhausted: String { "no descriptor is left for the \(rawValue)" }
}

// MARK: - By descriptor

extension BPFObjectKind {
  /// Duplicates a descriptor from any source, after checking that it refers to an object of this kind.
  ///
  /// `fcntl(F_DUPFD_CLOEXEC)`, readlink(2) in /proc.
  package func open(duplicating descriptor: FileDescriptor) throws(BPFError) -> OwnedDescriptor {
    let copy: OwnedDescriptor
    do throws(Errno) {
      copy = try OwnedDescriptor.duplicating(descriptor)
    } catch {
      throw error == .badFileDescriptor
        ? BPFError(.open, .invalidArgument, errno: error, "descriptor \(descriptor.rawValue) is not open")
        : BPFError(.open, .outOfResources, errno: error, exhausted)
    }
    try descriptorKind.require(copy.borrowed) {
      "descriptor \(descriptor.rawValue) is \($0), not \(descriptorKind)"
    }
    return copy
  }

  /// Duplicates a descriptor of this kind.
  package func duplicate(
    _ descriptor: FileDescriptor, _ subject: BPFError.Subject
  ) throws(BPFError) -> OwnedDescriptor {
    do throws(Errno) {
      return try OwnedDescriptor.duplicating(descriptor)
    } catch {
      throw BPFError(.duplicate, .outOfResources, errno: error, subject, exhausted)
    }
  }
}

// MARK: - By path

extension BPFObjectKind {
  /// Opens the object pinned at a path, and checks that it is of this kind. `BPF_OBJ_GET`, readlink(2) in /proc.
  ///
  /// - Parameter access: a description of the access that `flags` ask for; nil for the default.
  package func open(
    pinnedAt path: FilePath, flags: UInt32 = 0, access: String? = nil
  ) throws(BPFError) -> OwnedDescriptor {
    let pin = Pin(path, of: self)
    try pin.check(.open)
    let descriptor: OwnedDescriptor
    do throws(Errno) {
      descriptor = try BPFCommand.objectGet(path, flags: flags)
    } catch {
      throw pin.openFailure(error, access: access)
    }
    try pin.requireKind(descriptor.borrowed)
    return descriptor
  }

  /// Pins an object of this kind. `BPF_OBJ_PIN`.
  package func pin(
    _ descriptor: FileDescriptor, at path: FilePath, _ subject: BPFError.Subject
  ) throws(BPFError) {
    let pin = Pin(path, of: self, subject)
    try pin.check(.pin)
    do throws(Errno) {
      try BPFCommand.objectPin(descriptor, at: path)
    } catch {
      throw pin.pinFailure(error)
    }
  }

  /// Removes a pin if it is a pin of the given object.
  ///
  /// lstat(2), the system calls of `opening`, unlink(2).
  ///
  /// - Parameter opening: opens the pinned object; returns nil if it is the given object, otherwise a description of
  ///   it.
  package func unpin(
    from path: FilePath, _ subject: BPFError.Subject,
    unlessOther opening: () throws(BPFError) -> String?
  ) throws(BPFError) {
    let pin = Pin(path, of: self, subject)
    if pin.isSymbolicLink {
      throw pin.failure(.unpin, .wrongObject, "this is a symbolic link; unpin its target")
    }
    let other: String?
    do throws(BPFError) {
      other = try opening()
    } catch {
      throw pin.failure(.unpin, error.code, errno: error.errno, error.explanation)
    }
    if let other {
      throw pin.failure(
        .unpin, .wrongObject, "\(other) is pinned there, not this \(rawValue); the pin was not removed")
    }
    try pin.unlink()
  }
}

// MARK: - Commands

extension BPFCommand {
  /// Calls one of `BPF_*_GET_NEXT_ID`. Returns nil after the last id.
  static func nextID(_ command: linux_bpf_command, after id: UInt32) throws(Errno) -> UInt32? {
    var argument = linux_bpf_object_id()
    argument.id = id
    do throws(Errno) {
      _ = try bpf(command, &argument)
      return argument.next_id
    } catch {
      if error == .noSuchFileOrDirectory { return nil }
      throw error
    }
  }

  /// Calls one of `BPF_*_GET_FD_BY_ID`.
  static func descriptor(
    _ command: linux_bpf_command, id: UInt32, flags: UInt32 = 0
  ) throws(Errno) -> OwnedDescriptor {
    var argument = linux_bpf_object_id()
    argument.id = id
    argument.open_flags = flags
    return OwnedDescriptor(rawValue: try bpf(command, &argument))
  }
}
