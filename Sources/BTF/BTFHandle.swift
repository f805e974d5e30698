//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFSyscall
public import SystemPackage

/// A BTF object in the kernel: types that maps and programs made of it refer to.
///
/// It stands for one descriptor, closes it when the last copy goes, and may be used by any task. The object lives as
/// long as somebody has it open, or a map or program uses it.
public final class BTFHandle: Sendable, Identifiable {
  /// The number by which the kernel knows the object while it lives, such as a map's `btfID`.
  public let id: UInt32

  /// Whose types the kernel says they are: `vmlinux` or a module's name; empty for a program's.
  public let name: String

  private let descriptor: OwnedDescriptor

  private init(_ descriptor: consuming OwnedDescriptor) throws(Errno) {
    let information = try BPFCommand.btfDescription(descriptor.borrowed)
    (id, name) = (information.id, information.name)
    self.descriptor = descriptor
  }
}

// MARK: - Opening

extension BTFHandle {
  /// Opens the BTF object with an id.
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

  /// The ids of all BTF objects of the system, ascending: those of the kernel, its modules and programs.
  ///
  /// An object may be gone by the time its id is used.
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
          .list, error.unansweredCode, errno: error, "the BTF objects of the system are not known")
    }
    return ids
  }

  static func refusal(_ error: Errno, opening id: UInt32) -> BPFError {
    switch error {
    case .noSuchFileOrDirectory:
      BPFError(.readBTF, .notFound, errno: error, "there is no BTF object with the id \(id)")
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
  /// Lends the descriptor.
  ///
  /// It is the handle's own: neither close it nor keep it beyond `body`.
  public func withFileDescriptor<R: ~Copyable, E: Error>(
    _ body: (FileDescriptor) throws(E) -> R
  ) throws(E) -> R {
    try body(descriptor.borrowed)
  }

  /// Reads the types back from the kernel.
  ///
  /// System calls: `BPF_OBJ_GET_INFO_BY_FD` twice; for a module's object also those of ``BTFTypes/vmlinux()``, unless
  /// its base is given. Linux 4.18.
  ///
  /// - Parameter base: the kernel's own types, in case it is a module's object; read if need be.
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
  /// Loads an object of BTF into the kernel, which verifies it.
  ///
  /// If the kernel refuses it, it is asked once more, for its log.
  ///
  /// System calls: `BPF_BTF_LOAD`, `BPF_OBJ_GET_INFO_BY_FD`. Linux 4.18. Capability: `CAP_BPF` or `CAP_SYS_ADMIN`, or a
  /// token that lends it.
  ///
  /// - Parameters:
  ///   - object: the object's bytes, in this machine's byte order, not split; such as ``BTFBuilder/encoded()`` makes.
  ///   - token: a BPF token that lends the privilege. Linux 6.9.
  /// - Throws: `BPFError`; `BPFError.Code.permissionDenied`, or `BPFError.Code.malformed` if the kernel finds the types
  ///   wrong: its explanation ends with the kernel's reason, and `BPFError.log` is the kernel's whole log.
  public static func load(_ object: [UInt8], token: FileDescriptor? = nil) throws(BPFError) -> BTFHandle {
    let descriptor = try loadWithoutHandle(object, token: token)
    do throws(Errno) {
      return try BTFHandle(descriptor)
    } catch {
      throw BPFError(
        .load, error.unansweredCode, errno: error, "the kernel gives no information about the BTF object")
    }
  }

  /// Loads an object as ``load(_:token:)`` does, for whoever needs neither its id nor its name, and need not ask for them.
  package static func loadWithoutHandle(
    _ object: [UInt8], token: FileDescriptor?
  ) throws(BPFError) -> OwnedDescriptor {
    do throws(Errno) {
      return try BPFCommand.btfLoad(object, token: token)
    } catch {
      switch error {
      case .notPermitted:
        let missing = Privilege.refusal(of: "loading BTF", needing: [.bpf])
        throw BPFError(
          .load, .permissionDenied, errno: error,
          token != nil
            ? (missing.map { "\($0), and " } ?? "") + "the token does not delegate loading BTF"
            : missing ?? KernelSupport.running.memoryLimitAdvice
              ?? "a security policy of this system forbids it")
      case .noMemory, .tooManyOpenFiles, .tooManyOpenFilesInSystem:
        throw BPFError(.load, .outOfResources, errno: error, "no descriptor or memory is left for the BTF")
      default:
        if error == .invalidArgument || error == .badFileDescriptor, let token,
          let fault = DescriptorKind.token.fault(of: token, givenAs: "the token")
        {
          throw BPFError(.load, .invalidArgument, errno: error, fault)
        }
        throw refusal(error, log: BPFCommand.btfLog(object, token: token))
      }
    }
  }

  /// The error for types that the kernel refuses.
  private static func refusal(_ errno: Errno, log: String) -> BPFError {
    let reason = BTFLog.reason(in: log)
    var error = BPFError(
      .load, errno == .invalidArgument || errno == .notSupportedByKernel ? .malformed : .system, errno: errno,
      "the kernel refuses the types" + (reason.map { ": \($0)" } ?? ""))
    error.log = log.isEmpty ? nil : log
    return error
  }
}

extension BTFTypes {
  /// Loads the types into the kernel, so that maps and programs can refer to them.
  ///
  /// System calls: those of ``BTFHandle/load(_:token:)``.
  ///
  /// - Parameter token: a BPF token that lends the privilege. Linux 6.9.
  /// - Throws: `BPFError`; `BPFError.Code.unsupported` for split BTF, which only modules bring into the kernel; what
  ///   ``BTFHandle/load(_:token:)`` throws.
  public func load(token: FileDescriptor? = nil) throws(BPFError) -> BTFHandle {
    guard base == nil else {
      throw BPFError(.load, .unsupported, "types that build on other types cannot be loaded by a program")
    }
    return try BTFHandle.load(encoded(), token: token)
  }

  /// The object's bytes in this machine's byte order; of split BTF without its base.
  public func encoded() -> [UInt8] {
    BTFEncoder.object(types: bytes.copy(bytes.types), strings: bytes.copy(bytes.strings))
  }
}
