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
    let descriptor: OwnedDescriptor
    do throws(Errno) {
      descriptor = try BPFCommand.programDescriptor(id: id.rawValue)
    } catch {
      throw switch error {
      case .noSuchFileOrDirectory:
        BPFError(
          .open, .notFound, errno: error, .program(name: nil, id: id), "there is no program with this id")
      case .notPermitted:
        BPFError(
          .open, .permissionDenied, errno: error, .program(name: nil, id: id), Program.byIDPrivilege)
      default: Program.openFailure(error, id: id)
      }
    }
    try self.init(opening: descriptor)
  }

  private static func openFailure(_ errno: Errno, id: ProgramID? = nil) -> BPFError {
    let isExhausted = errno == .tooManyOpenFiles || errno == .tooManyOpenFilesInSystem
    return BPFError(
      .open, isExhausted ? .outOfResources : .system, errno: errno, .program(name: nil, id: id),
      isExhausted ? "no descriptor is left for the program" : "")
  }

  private static var byIDPrivilege: String {
    Capability.sysAdmin.isEffective == true
      ? "a security policy of this system forbids it"
      : "listing programs and opening them by id needs CAP_SYS_ADMIN, which this process lacks"
  }

  /// The ids of all programs of the system, ascending.
  ///
  /// A program may be gone by the time its id is used.
  ///
  /// System calls: one `BPF_PROG_GET_NEXT_ID` for each program and one more. Linux 4.13. Capability:
  /// `CAP_SYS_ADMIN`.
  ///
  /// - Throws: `BPFError`; `BPFError.Code.permissionDenied` if the caller may not list programs.
  public static func ids() throws(BPFError) -> [ProgramID] {
    var ids: [ProgramID] = []
    do throws(Errno) {
      while let next = try BPFCommand.programNextID(after: ids.last?.rawValue ?? 0) {
        ids.append(ProgramID(rawValue: next))
      }
    } catch {
      throw error == .notPermitted
        ? BPFError(.list, .permissionDenied, errno: error, byIDPrivilege)
        : BPFError(.list, .system, errno: error)
    }
    return ids
  }

  /// All programs of the system, ascending by id, each opened.
  ///
  /// Programs that go while this runs are left out. Each takes a descriptor as long as it is held; where there may
  /// be thousands, go through ``ids()`` and open one at a time.
  ///
  /// System calls: three for each program, and one more. Linux 4.13. Capability: `CAP_SYS_ADMIN`.
  ///
  /// - Throws: `BPFError`; `BPFError.Code.permissionDenied` if the caller may not list programs,
  ///   `BPFError.Code.outOfResources` if there are more programs than the process may have descriptors.
  public static func all() throws(BPFError) -> [Program] {
    var programs: [Program] = []
    for id in try ids() {
      do throws(BPFError) {
        programs.append(try Program(id: id))
      } catch {
        if error.code != .notFound { throw error }
      }
    }
    return programs
  }
}

// MARK: - By descriptor

extension Program {
  /// Opens a second descriptor for a program that is open already: inherited, received over a socket, or made by
  /// other code.
  ///
  /// The descriptor given stays the caller's, to use and to close. That it is a program is proved first.
  ///
  /// System calls: readlink(2) in /proc, `fcntl(F_DUPFD_CLOEXEC)`, `BPF_OBJ_GET_INFO_BY_FD`. Linux 4.13. No
  /// capability.
  ///
  /// - Parameter descriptor: an open descriptor of a program.
  /// - Throws: `BPFError`. `BPFError.Code.wrongObject` for a descriptor of something else,
  ///   `BPFError.Code.invalidArgument` for one that is not open, `BPFError.Code.unavailable` if /proc is not
  ///   mounted.
  public convenience init(duplicating descriptor: FileDescriptor) throws(BPFError) {
    let copy: OwnedDescriptor
    do throws(Errno) {
      copy = try OwnedDescriptor.duplicating(descriptor)
    } catch {
      throw error == .badFileDescriptor
        ? BPFError(.open, .invalidArgument, errno: error, "descriptor \(descriptor.rawValue) is not open")
        : Program.openFailure(error)
    }
    try DescriptorKind.program.prove(copy.borrowed) {
      "descriptor \(descriptor.rawValue) is \($0), not a BPF program"
    }
    try self.init(opening: copy)
  }

  /// A second `Program` for the same program, with a descriptor of its own.
  ///
  /// Programs can be shared as they are; this is for handing a descriptor to somebody who will close it.
  ///
  /// System calls: `fcntl(F_DUPFD_CLOEXEC)` and `BPF_OBJ_GET_INFO_BY_FD`.
  ///
  /// - Throws: `BPFError`; `BPFError.Code.outOfResources` if the process may have no more descriptors.
  public func duplicate() throws(BPFError) -> Program {
    do throws(Errno) {
      let copy = try OwnedDescriptor.duplicating(descriptor.borrowed)
      return try Program(adopting: copy, name: name, verifierLog: verifierLog)
    } catch {
      throw BPFError(
        .duplicate, .outOfResources, errno: error, subject, "no descriptor is left for the program")
    }
  }
}

// MARK: - Pins

extension Program {
  /// Opens the program pinned at a path.
  ///
  /// What is pinned there is proved to be a program; a map or link is refused by name.
  ///
  /// System calls: `BPF_OBJ_GET`, readlink(2) in /proc, `BPF_OBJ_GET_INFO_BY_FD`. Linux 4.4. No capability, only
  /// permission on the file.
  ///
  /// - Parameter path: a file on a BPF file system.
  /// - Throws: `BPFError`. `BPFError.Code.notFound` if there is no such file,
  ///   `BPFError.Code.notBPFFileSystem` for a file elsewhere, `BPFError.Code.wrongObject` for anything but a
  ///   pinned program, `BPFError.Code.permissionDenied`.
  public convenience init(pinnedAt path: FilePath) throws(BPFError) {
    let pin = Pin(path, of: .program)
    try pin.check(.open)
    let descriptor: OwnedDescriptor
    do throws(Errno) {
      descriptor = try BPFCommand.objectGet(path, flags: 0)
    } catch {
      throw pin.openFailure(error)
    }
    try pin.prove(descriptor.borrowed)
    try self.init(opening: descriptor)
  }

  /// Pins the program: gives it a file on a BPF file system, which keeps it alive and by which others can open it.
  ///
  /// Nothing that is at the path is ever replaced. A pinned program runs only where it is attached.
  ///
  /// System calls: one, `BPF_OBJ_PIN`. Linux 4.4.
  ///
  /// - Parameter path: a new file in a directory of a BPF file system, usually /sys/fs/bpf. Its name may not
  ///   contain `.`.
  /// - Throws: `BPFError`. `BPFError.Code.alreadyExists` if the path is taken, `BPFError.Code.notFound` if
  ///   its directory is missing, `BPFError.Code.notBPFFileSystem`, `BPFError.Code.invalidName`,
  ///   `BPFError.Code.permissionDenied`.
  public func pin(at path: FilePath) throws(BPFError) {
    let pin = Pin(path, of: .program, subject)
    try pin.check(.pin)
    do throws(Errno) {
      try BPFCommand.objectPin(descriptor.borrowed, at: path)
    } catch {
      throw pin.pinFailure(error)
    }
  }

  /// Removes a pin of this program.
  ///
  /// The file is removed only if what is pinned there is this very program, found out by opening it.
  ///
  /// System calls: lstat(2), `BPF_OBJ_GET`, readlink(2) in /proc, `BPF_OBJ_GET_INFO_BY_FD`, unlink(2). Somebody who
  /// replaces the file between the look and the removal can still fool it.
  ///
  /// - Parameter path: where the program is pinned. A symbolic link to a pin is refused.
  /// - Throws: `BPFError`. `BPFError.Code.notFound` if there is no such file, `BPFError.Code.wrongObject` if
  ///   something else is pinned there, `BPFError.Code.notBPFFileSystem`, `BPFError.Code.permissionDenied`.
  public func unpin(from path: FilePath) throws(BPFError) {
    let pin = Pin(path, of: .program, subject)
    if pin.isSymbolicLink {
      throw pin.failure(.unpin, .wrongObject, "this is a symbolic link; unpin the file it leads to")
    }
    let pinned: Program
    do throws(BPFError) {
      pinned = try Program(pinnedAt: path)
    } catch {
      throw pin.failure(.unpin, error.code, errno: error.errno, error.explanation)
    }
    guard pinned.id == id else {
      throw pin.failure(
        .unpin, .wrongObject, "\(pinned) is pinned there, not this program; it was left alone")
    }
    try pin.unlink()
  }
}
