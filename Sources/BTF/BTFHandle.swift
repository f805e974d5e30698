//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFSyscall
public import SystemPackage

/// A BTF object in the kernel: types that maps and programs refer to.
///
/// A handle owns one descriptor, closes it with the last copy, and may be used by any task. The object lives while a
/// descriptor, map or program refers to it.
public final class BTFHandle: Sendable, Identifiable {
  /// The kernel's id for the object, such as a map's `btfID`.
  public let id: UInt32

  /// The name of the kernel (`vmlinux`) or module that the types belong to; empty for a program's types.
  public let name: String

  /// The descriptor, valid while the handle exists.
  package let descriptor: OwnedDescriptor

  private init(_ descriptor: consuming OwnedDescriptor) throws(Errno) {
    let information = try BPFCommand.btfDescription(descriptor.borrowed)
    (id, name) = (information.id, information.name)
    self.descriptor = descriptor
  }
}

// MARK: - Opening

extension BTFHandle {
  /// Opens the BTF object with the given id.
  ///
  /// System calls: `BPF_BTF_GET_FD_BY_ID`, `BPF_OBJ_GET_INFO_BY_FD`. Linux 4.18. Capability: `CAP_SYS_ADMIN`.
  ///
  /// - Throws: `BPFError`; `BPFError.Code.notFound` if there is no such object, `BPFError.Code.permissionDenied`.
  public convenience init(id: UInt32) throws(BPFError) {
    do throws(Errno) {
      try self.init(BPFCommand.btfDescriptor(id: id))
    } catch {
      throw BTFHandle.refusal(error, opening: id)
    }
  }

  /// Returns the ids of all BTF objects of the system, ascending: those of the kernel, its modules and programs.
  ///
  /// An object may disappear before its id is used.
  ///
  /// System calls: one `BPF_BTF_GET_NEXT_ID` for each object and one more. Linux 5.4. Capability: `CAP_SYS_ADMIN`.
  ///
  /// - Throws: `BPFError`; `BPFError.Code.permissionDenied` if the caller may not list them.
  public static func ids() throws(BPFError) -> [UInt32] {
    var ids: [UInt32] = []
    do throws(Errno) {
      while let next = try BPFCommand.btfNextID(after: ids.last ?? 0) { ids.append(next) }
    } catch {
      throw error == .notPermitted
        ? BPFError(
          .list, .permissionDenied, errno: error,
          Privilege.refusal(of: "listing BTF", needing: [.sysAdmin])
            ?? "a security policy of this system forbids it")
        : BPFError(
          .list, error.unansweredCode, errno: error, "cannot list the system's BTF objects")
    }
    return ids
  }

  static func refusal(_ error: Errno, opening id: UInt32) -> BPFError {
    switch error {
    case .noSuchFileOrDirectory:
      BPFError(.readBTF, .notFound, errno: error, "no BTF object has the id \(id)")
    case .notPermitted:
      BPFError(
        .readBTF, .permissionDenied, errno: error,
        Privilege.refusal(of: "opening the BTF object with the id \(id)", needing: [.sysAdmin])
          ?? "a security policy of this system forbids opening the BTF object with the id \(id)")
    case .tooManyOpenFiles, .tooManyOpenFilesInSystem, .noMemory:
      BPFError(
        .readBTF, .outOfResources, errno: error,
        "no descriptor or memory is left for the BTF object with the id \(id)")
    default:
      BPFError(
        .readBTF, error.unansweredCode, errno: error, "the BTF object with the id \(id) cannot be opened")
    }
  }
}

// MARK: - Use

extension BTFHandle {
  /// Calls a closure with the descriptor.
  ///
  /// The handle owns the descriptor: do not close it or keep it beyond `body`.
  public func withFileDescriptor<R: ~Copyable, E: Error>(
    _ body: (FileDescriptor) throws(E) -> R
  ) throws(E) -> R {
    try body(descriptor.borrowed)
  }

  /// Returns the types, read back from the kernel.
  ///
  /// System calls: `BPF_OBJ_GET_INFO_BY_FD` twice; for a module's object also those of ``BTFTypes/vmlinux()``, unless
  /// `base` is given. Linux 4.18.
  ///
  /// - Parameter base: the kernel's own types, for a module's object; read if needed.
  /// - Throws: `BPFError`.
  public func types(base: BTFTypes? = nil) throws(BPFError) -> BTFTypes {
    let information: BPFCommand.BTFInformation
    do throws(Errno) {
      information = try BPFCommand.btfInformation(descriptor.borrowed)
    } catch {
      throw BPFError(
        .readBTF, error.unansweredCode, errno: error,
        "the types of the BTF object with the id \(id) cannot be read")
    }
    return try BTFTypes(information, base: base)
  }
}

// MARK: - Loading

extension BTFHandle {
  /// Loads a BTF object into the kernel, which verifies it.
  ///
  /// If the kernel rejects it, the load is repeated to get the kernel's log.
  ///
  /// System calls: `BPF_BTF_LOAD`, `BPF_OBJ_GET_INFO_BY_FD`. Linux 4.18. Capability: `CAP_BPF` or `CAP_SYS_ADMIN`, or a
  /// token that delegates it.
  ///
  /// - Parameters:
  ///   - object: the object's bytes, in native byte order, not split; for example from ``BTFBuilder/encoded()``.
  ///   - token: a BPF token that delegates the capability. Linux 6.9.
  /// - Throws: `BPFError`; `BPFError.Code.permissionDenied`, or `BPFError.Code.malformed` if the kernel rejects the
  ///   types: its explanation ends with the kernel's reason, and `BPFError.log` is the kernel's full log.
  public static func load(_ object: [UInt8], token: BPFToken? = nil) throws(BPFError) -> BTFHandle {
    let descriptor = try loadWithoutHandle(object, token: token)
    do throws(Errno) {
      return try BTFHandle(descriptor)
    } catch {
      throw BPFError(
        .load, error.unansweredCode, errno: error,
        "the kernel did not return information about the BTF object")
    }
  }

  /// Loads an object as ``load(_:token:)`` does, without reading its id and name.
  package static func loadWithoutHandle(
    _ object: [UInt8], token: BPFToken?
  ) throws(BPFError) -> OwnedDescriptor {
    defer { withExtendedLifetime(token) {} }
    do throws(Errno) {
      return try BPFCommand.btfLoad(object, token: token?.borrowed)
    } catch {
      switch error {
      case .notPermitted:
        throw BPFError(
          .load, .permissionDenied, errno: error,
          BPFToken.refusal(of: "loading BTF", with: token, BPFToken.Need.btfLoad, needing: [.bpf])
            ?? KernelSupport.running.memoryLimitAdvice ?? "a security policy of this system forbids it")
      case .noMemory, .tooManyOpenFiles, .tooManyOpenFilesInSystem:
        throw BPFError(.load, .outOfResources, errno: error, "no descriptor or memory is left for the BTF")
      default:
        throw refusal(error, log: BPFCommand.btfLog(object, token: token?.borrowed))
      }
    }
  }

  /// Returns the error for types that the kernel rejects.
  private static func refusal(_ errno: Errno, log: String) -> BPFError {
    let reason = BTFLog.reason(in: log)
    var error = BPFError(
      .load, errno == .invalidArgument || errno == .notSupportedByKernel ? .malformed : .system, errno: errno,
      "the kernel rejects the types" + (reason.map { ": \($0)" } ?? ""))
    error.log = log.isEmpty ? nil : log
    return error
  }
}

extension BTFTypes {
  /// Loads the types into the kernel, so that maps and programs can refer to them.
  ///
  /// System calls: those of ``BTFHandle/load(_:token:)``.
  ///
  /// - Parameter token: a BPF token that delegates the capability. Linux 6.9.
  /// - Throws: `BPFError`; `BPFError.Code.unsupported` for split BTF, which only modules can load; the errors of
  ///   ``BTFHandle/load(_:token:)``.
  public func load(token: BPFToken? = nil) throws(BPFError) -> BTFHandle {
    guard base == nil else {
      throw BPFError(.load, .unsupported, "split BTF cannot be loaded by a program, only with a module")
    }
    return try BTFHandle.load(encoded(), token: token)
  }

  /// Returns the object's bytes in native byte order; for split BTF without its base.
  public func encoded() -> [UInt8] {
    BTFEncoder.object(types: bytes.copy(bytes.types), strings: bytes.copy(bytes.strings))
  }
}
