//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import SystemPackage

/// A BPF token: permission to create maps and load programs and BTF in a user namespace other than the initial one.
///
/// The kernel checks the capabilities for bpf(2) in the initial user namespace, which a container usually does not run
/// in. A privileged process outside can mount a BPF file system for the container's user namespace with options that
/// delegate commands, map types, program types and attach types. A process in that namespace creates a token from the
/// file system. Requests with the token need the usual capabilities, but only in that namespace.
///
/// ```swift
/// let token = try BPFToken(fileSystemAt: "/sys/fs/bpf")
/// let hits = try MapHandle(
///   type: .hash, keySize: 4, valueSize: 8, maxEntries: 1024, options: MapOptions(token: token))
/// ```
///
/// A token owns one descriptor, closes it with the last copy, and may be used by any task. What was created with a
/// token stays usable after it is closed.
public final class BPFToken: Sendable {
  /// The descriptor, valid while the token exists.
  private let descriptor: OwnedDescriptor

  private init(adopting descriptor: consuming OwnedDescriptor) { self.descriptor = descriptor }

  /// Creates a token from a BPF file system.
  ///
  /// System calls: open(2), `BPF_TOKEN_CREATE`, close(2). Linux 6.9. Capability: `CAP_BPF` in the user namespace of the
  /// process, which must also be the file system's.
  ///
  /// - Parameter path: the mount point of a BPF file system that was mounted with delegation.
  /// - Throws: `BPFError`. `BPFError.Code.notFound` if there is no such directory,
  ///   `BPFError.Code.notBPFFileSystem` if it is not the root of a BPF file system,
  ///   `BPFError.Code.permissionDenied` if the file system delegates nothing or belongs to another user namespace, or
  ///   if the process lacks `CAP_BPF`, `BPFError.Code.unsupported` in the initial user namespace and before Linux 6.9.
  public convenience init(fileSystemAt path: FilePath) throws(BPFError) {
    do throws(Errno) {
      let root = try OwnedDescriptor.reading(path, isBlocking: false)
      try self.init(adopting: BPFCommand.tokenCreate(root.borrowed))
    } catch {
      throw BPFToken.refusal(error, path)
    }
  }

  /// Duplicates a token's descriptor, such as an inherited one.
  ///
  /// System calls: readlink(2) in /proc, `fcntl(F_DUPFD_CLOEXEC)`.
  ///
  /// - Parameter descriptor: the descriptor, which stays open and the caller's.
  /// - Throws: `BPFError`; `BPFError.Code.wrongObject` if the descriptor is closed or not a token's.
  public convenience init(duplicating descriptor: FileDescriptor) throws(BPFError) {
    if let fault = DescriptorKind.token.fault(of: descriptor, givenAs: "the token") {
      throw BPFError(.open, .wrongObject, fault)
    }
    do throws(Errno) {
      try self.init(adopting: OwnedDescriptor.duplicating(descriptor))
    } catch {
      throw BPFError(.duplicate, error.unansweredCode, errno: error, "the token's descriptor")
    }
  }

  /// Calls `body` with the token's descriptor.
  ///
  /// The token owns the descriptor: do not close it or keep it beyond `body`.
  public func withFileDescriptor<R: ~Copyable, E: Error>(
    _ body: (FileDescriptor) throws(E) -> R
  ) throws(E) -> R {
    try body(descriptor.borrowed)
  }

  /// The descriptor for an argument, valid while the token exists.
  package var borrowed: FileDescriptor { descriptor.borrowed }
}

// MARK: - Errors

extension BPFToken {
  /// Returns the error for a file system that the kernel creates no token from.
  private static func refusal(_ errno: Errno, _ path: FilePath) -> BPFError {
    let (code, text): (BPFError.Code, String) =
      switch errno {
      case .noSuchFileOrDirectory where !BPFFileSystem.contains(path), .notDirectory:
        (.notFound, "there is no such directory")
      case .noSuchFileOrDirectory:
        (
          .permissionDenied,
          "this BPF file system delegates nothing: mount it with delegate_cmds, delegate_maps, delegate_progs and "
            + "delegate_attachs"
        )
      case .permissionDenied: (.permissionDenied, "this process may not open the directory")
      case .invalidArgument where KernelRelease.isOlder(than: "6.9"):
        (.unsupported, "this kernel has no BPF tokens: \(KernelRelease.requirement("6.9"))")
      case .invalidArgument where BPFFileSystem.contains(path):
        (.notBPFFileSystem, "this is not the root of its BPF file system: give the mount point")
      case .invalidArgument:
        (.notBPFFileSystem, "this is not the mount point of a BPF file system")
      case .notPermitted: (.permissionDenied, permissionExplanation)
      case .notSupported:
        (
          .unsupported,
          "this process is in the initial user namespace, where capabilities count and tokens do not exist"
        )
      default: (errno.unansweredCode, "")
      }
    return BPFError(.createToken, code, errno: errno, path: path, text)
  }

  /// The likely cause of `EPERM`.
  private static var permissionExplanation: String {
    if UserNamespace.isInitial == true {
      return "this BPF file system belongs to another user namespace, and this process is in the initial one"
    }
    if Capability.bpf.isEffective == false, Capability.sysAdmin.isEffective == false {
      return "this process needs CAP_BPF in its user namespace"
    }
    return
      "this BPF file system belongs to another user namespace: fsopen(2) must be called in this one"
  }
}
