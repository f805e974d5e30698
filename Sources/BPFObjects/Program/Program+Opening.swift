//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFSyscall
public import SystemPackage

// MARK: - By id

extension Program {
  /// Opens the program with an id.
  ///
  /// System calls: `BPF_PROG_GET_FD_BY_ID` and `BPF_OBJ_GET_INFO_BY_FD`. Linux 4.13. Capability: `CAP_SYS_ADMIN`.
  ///
  /// - Parameter id: the kernel's number for the program.
  /// - Throws: `BPFError`. `BPFError.Code.notFound` if there is no such program,
  ///   `BPFError.Code.permissionDenied`.
  public convenience init(id: ProgramID) throws(BPFError) {
    try self.init(opening: BPFObjectKind.program.open(id: id.rawValue), .program(name: nil, id: id))
  }

  /// Returns the ids of all programs of the system, ascending.
  ///
  /// A program may be gone by the time its id is used.
  ///
  /// System calls: one `BPF_PROG_GET_NEXT_ID` for each program and one more. Linux 4.13. Capability:
  /// `CAP_SYS_ADMIN`.
  ///
  /// - Throws: `BPFError`; `BPFError.Code.permissionDenied` if the caller may not list programs.
  public static func ids() throws(BPFError) -> [ProgramID] {
    try BPFObjectKind.program.ids().map(ProgramID.init(rawValue:))
  }

  /// Opens all programs of the system, ascending by id.
  ///
  /// Skips programs that are unloaded meanwhile. Each open program holds a descriptor; if there may be thousands,
  /// iterate over ``ids()`` and open one at a time.
  ///
  /// System calls: three for each program, and one more. Linux 4.13. Capability: `CAP_SYS_ADMIN`.
  ///
  /// - Throws: `BPFError`; `BPFError.Code.permissionDenied` if the caller may not list programs,
  ///   `BPFError.Code.outOfResources` if there are more programs than the process may have descriptors.
  public static func all() throws(BPFError) -> [Program] {
    try BPFObjectKind.program.all { (id) throws(BPFError) in try Program(id: ProgramID(rawValue: id)) }
  }
}

// MARK: - By descriptor

extension Program {
  /// Opens a second descriptor for a program that is open already: inherited, received over a socket, or made by
  /// other code.
  ///
  /// The given descriptor stays the caller's to use and close. Verifies first that it is a program.
  ///
  /// System calls: readlink(2) in /proc, `fcntl(F_DUPFD_CLOEXEC)`, `BPF_OBJ_GET_INFO_BY_FD`. Linux 4.13. No
  /// capability.
  ///
  /// - Parameter descriptor: an open descriptor of a program.
  /// - Throws: `BPFError`. `BPFError.Code.wrongObject` for a descriptor of something else,
  ///   `BPFError.Code.invalidArgument` for one that is not open, `BPFError.Code.unavailable` if /proc is not
  ///   mounted.
  public convenience init(duplicating descriptor: FileDescriptor) throws(BPFError) {
    try self.init(opening: BPFObjectKind.program.open(duplicating: descriptor))
  }

  /// Returns a second `Program` for the same program, with its own descriptor.
  ///
  /// Programs can be shared without this; use it to hand a descriptor to code that closes it.
  ///
  /// System calls: `fcntl(F_DUPFD_CLOEXEC)` and `BPF_OBJ_GET_INFO_BY_FD`.
  ///
  /// - Throws: `BPFError`; `BPFError.Code.outOfResources` if the process may have no more descriptors.
  public func duplicate() throws(BPFError) -> Program {
    let copy = try BPFObjectKind.program.duplicate(descriptor.borrowed, subject)
    do throws(Errno) {
      return try Program(adopting: copy, definition, verifierLog: verifierLog)
    } catch {
      throw BPFError(.duplicate, error.unansweredCode, errno: error, subject)
    }
  }
}

// MARK: - Pins

extension Program {
  /// Opens the program pinned at a path.
  ///
  /// Verifies that the pinned object is a program; the error for a map or link names its kind.
  ///
  /// System calls: `BPF_OBJ_GET`, readlink(2) in /proc, `BPF_OBJ_GET_INFO_BY_FD`. Linux 4.4. No capability, only
  /// permission on the file.
  ///
  /// - Parameter path: a file on a BPF file system.
  /// - Throws: `BPFError`. `BPFError.Code.notFound` if there is no such file,
  ///   `BPFError.Code.notBPFFileSystem` for a file elsewhere, `BPFError.Code.wrongObject` for anything but a
  ///   pinned program, `BPFError.Code.permissionDenied`.
  public convenience init(pinnedAt path: FilePath) throws(BPFError) {
    try self.init(opening: BPFObjectKind.program.open(pinnedAt: path), path: path)
  }

  /// Pins the program: creates a file on a BPF file system that keeps it alive and by which other processes can open
  /// it.
  ///
  /// Never replaces an existing file at the path. A pinned program runs only where it is attached.
  ///
  /// System calls: one, `BPF_OBJ_PIN`. Linux 4.4.
  ///
  /// - Parameter path: a new file in a directory of a BPF file system, usually /sys/fs/bpf. Its name may not
  ///   contain `.`.
  /// - Throws: `BPFError`. `BPFError.Code.alreadyExists` if the path is taken, `BPFError.Code.notFound` if
  ///   its directory is missing, `BPFError.Code.notBPFFileSystem`, `BPFError.Code.invalidName`,
  ///   `BPFError.Code.permissionDenied`.
  public func pin(at path: FilePath) throws(BPFError) {
    try BPFObjectKind.program.pin(descriptor.borrowed, at: path, subject)
  }

  /// Pins the program to a path in place of the program that is pinned there, so that a pin of that name exists at all
  /// times.
  ///
  /// System calls and effects are those of `MapHandle.pin(replacing:)`. If the path is free, pins the program as
  /// ``pin(at:)`` does.
  ///
  /// - Parameter path: a pin of a program, or a new file, on a BPF file system.
  /// - Throws: `BPFError`. `BPFError.Code.wrongObject` if something else is there; otherwise as ``pin(at:)``. After an
  ///   error, the old pin is unchanged.
  public func pin(replacing path: FilePath) throws(BPFError) {
    try BPFObjectKind.program.pin(descriptor.borrowed, id: id.rawValue, replacing: path, subject)
  }

  /// Removes a pin of this program.
  ///
  /// Opens the pin first, and removes the file only if this program is pinned there.
  ///
  /// System calls: lstat(2), `BPF_OBJ_GET`, readlink(2) in /proc, `BPF_OBJ_GET_INFO_BY_FD`, unlink(2). If another
  /// process replaces the file between check and removal, the new file is removed.
  ///
  /// - Parameter path: the pin path. A symbolic link to a pin is refused.
  /// - Throws: `BPFError`. `BPFError.Code.notFound` if there is no such file, `BPFError.Code.wrongObject` if
  ///   something else is pinned there, `BPFError.Code.notBPFFileSystem`, `BPFError.Code.permissionDenied`.
  public func unpin(from path: FilePath) throws(BPFError) {
    try BPFObjectKind.program.unpin(from: path, subject) { () throws(BPFError) in
      let pinned = try Program(pinnedAt: path)
      return pinned.id == id ? nil : "\(pinned)"
    }
  }
}
