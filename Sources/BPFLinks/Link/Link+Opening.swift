//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFSyscall
public import SystemPackage

// MARK: - By id

extension Link {
  /// Opens the link with the given id, and keeps it alive while this object exists.
  ///
  /// System calls: `BPF_LINK_GET_FD_BY_ID` and `BPF_OBJ_GET_INFO_BY_FD`. Linux 5.8. Capability: `CAP_SYS_ADMIN`.
  ///
  /// - Parameter id: the kernel's number for the link.
  /// - Throws: `BPFError`. `BPFError.Code.notFound` if there is no such link, `BPFError.Code.permissionDenied`.
  public convenience init(id: LinkID) throws(BPFError) {
    try self.init(adopting: BPFObjectKind.link.open(id: id.rawValue), operation: .open, .link(id: id))
  }

  /// Returns the ids of all links of the system, ascending.
  ///
  /// A link may be gone by the time its id is used.
  ///
  /// System calls: one `BPF_LINK_GET_NEXT_ID` for each link and one more. Linux 5.8. Capability: `CAP_SYS_ADMIN`.
  ///
  /// - Throws: `BPFError`; `BPFError.Code.permissionDenied` if the caller may not list links,
  ///   `BPFError.Code.unsupported` before Linux 5.8.
  public static func ids() throws(BPFError) -> [LinkID] {
    try BPFObjectKind.link.ids().map(LinkID.init(rawValue:))
  }

  /// Opens all links of the system, ascending by id.
  ///
  /// Skips links that disappear during the call. Each returned object keeps its program attached.
  ///
  /// System calls: three for each link, and one more. Linux 5.8. Capability: `CAP_SYS_ADMIN`.
  ///
  /// - Throws: `BPFError`; `BPFError.Code.permissionDenied` if the caller may not list links,
  ///   `BPFError.Code.outOfResources` if there are more links than the process may have descriptors.
  public static func all() throws(BPFError) -> [Link] {
    try BPFObjectKind.link.all { (id) throws(BPFError) in try Link(id: LinkID(rawValue: id)) }
  }
}

// MARK: - By descriptor

extension Link {
  /// Opens a second descriptor for a link that is open already: inherited, received over a socket, or created by other
  /// code.
  ///
  /// The given descriptor remains the caller's, to use and to close. Verifies first that it is a link.
  ///
  /// System calls: `fcntl(F_DUPFD_CLOEXEC)`, readlink(2) in /proc, `BPF_OBJ_GET_INFO_BY_FD`. Linux 5.8. No capability.
  ///
  /// - Parameter descriptor: an open descriptor of a link.
  /// - Throws: `BPFError`. `BPFError.Code.wrongObject` for a descriptor of something else;
  ///   `BPFError.Code.invalidArgument` for a closed descriptor; `BPFError.Code.unavailable` if /proc is not mounted.
  public convenience init(duplicating descriptor: FileDescriptor) throws(BPFError) {
    try self.init(adopting: BPFObjectKind.link.open(duplicating: descriptor), operation: .open)
  }

  /// Returns a second `Link` for the same link, with its own descriptor. The program stays attached until both are
  /// gone.
  ///
  /// System calls: `fcntl(F_DUPFD_CLOEXEC)` and `BPF_OBJ_GET_INFO_BY_FD`.
  ///
  /// - Throws: `BPFError`; `BPFError.Code.outOfResources` if the process has too many open descriptors;
  ///   `BPFError.Code.unsupported` for an attachment without a kernel link.
  public func duplicate() throws(BPFError) -> Link {
    try withFileDescriptor(.duplicate) { (descriptor) throws(BPFError) in
      try Link(
        adopting: BPFObjectKind.link.duplicate(descriptor, subject), to: target, operation: .duplicate,
        subject
      )
    }
  }
}

// MARK: - Pins

extension Link {
  /// Opens the link pinned at a path.
  ///
  /// Verifies that the pinned object is a link; rejects a map or program and names it.
  ///
  /// System calls: `BPF_OBJ_GET`, readlink(2) in /proc, `BPF_OBJ_GET_INFO_BY_FD`. Linux 5.8. No capability, only
  /// permission on the file.
  ///
  /// - Parameter path: a file on bpffs.
  /// - Throws: `BPFError`. `BPFError.Code.notFound` if there is no such file; `BPFError.Code.notBPFFileSystem` for a
  ///   file elsewhere; `BPFError.Code.wrongObject` for anything but a pinned link; `BPFError.Code.permissionDenied`.
  public convenience init(pinnedAt path: FilePath) throws(BPFError) {
    try self.init(adopting: BPFObjectKind.link.open(pinnedAt: path), operation: .open, path: path)
  }

  /// Pins the link to a file on bpffs, which keeps the program attached after this object and the process are gone.
  ///
  /// Never replaces an existing file at the path.
  ///
  /// System calls: one, `BPF_OBJ_PIN`. Linux 5.7.
  ///
  /// - Parameter path: a new file in a bpffs directory, usually /sys/fs/bpf. Its name must not contain `.`.
  /// - Throws: `BPFError`. `BPFError.Code.alreadyExists` if the path exists; `BPFError.Code.notFound` if its directory
  ///   is missing; `BPFError.Code.notBPFFileSystem`; `BPFError.Code.invalidName`; `BPFError.Code.permissionDenied`;
  ///   `BPFError.Code.unsupported` for an attachment without a kernel link.
  public func pin(at path: FilePath) throws(BPFError) {
    try withFileDescriptor(.pin) { (descriptor) throws(BPFError) in
      try BPFObjectKind.link.pin(descriptor, at: path, subject)
    }
  }

  /// Pins the link to a path in place of the link that is pinned there, so that a pin of that name exists at all times.
  ///
  /// The old link's program is detached, unless something else holds that link. System calls and effects are otherwise
  /// those of `MapHandle.pin(replacing:)`. If the path is free, pins the link as ``pin(at:)`` does.
  ///
  /// - Parameter path: a pin of a link, or a new file, on bpffs.
  /// - Throws: `BPFError`. `BPFError.Code.wrongObject` if something else is there; otherwise as ``pin(at:)``. After an
  ///   error, the old pin is unchanged.
  public func pin(replacing path: FilePath) throws(BPFError) {
    try withFileDescriptor(.pin) { (descriptor) throws(BPFError) in
      // A link with a descriptor has an id.
      try BPFObjectKind.link.pin(descriptor, id: id?.rawValue ?? 0, replacing: path, subject)
    }
  }

  /// Removes a pin of this link.
  ///
  /// Opens the pinned object first, and removes the file only if it is this link.
  ///
  /// System calls: lstat(2), `BPF_OBJ_GET`, readlink(2) in /proc, `BPF_OBJ_GET_INFO_BY_FD`, unlink(2). Another process
  /// can still replace the file between the check and the removal.
  ///
  /// - Parameter path: the pin path. A symbolic link to a pin is rejected.
  /// - Throws: `BPFError`. `BPFError.Code.notFound` if there is no such file; `BPFError.Code.wrongObject` if another
  ///   object is pinned there; `BPFError.Code.notBPFFileSystem`; `BPFError.Code.permissionDenied`.
  public func unpin(from path: FilePath) throws(BPFError) {
    try BPFObjectKind.link.unpin(from: path, subject) { () throws(BPFError) in
      let pinned = try Link(pinnedAt: path)
      return pinned.id == id ? nil : "\(pinned)"
    }
  }
}
