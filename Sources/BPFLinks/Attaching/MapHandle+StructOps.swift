//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFMaps
internal import BPFObjects
public import BPFSyscall
internal import SystemPackage

extension MapHandle {
  /// Attaches the kernel interface in this map, which programs implement (`struct_ops`), with a link.
  ///
  /// The map belongs to an object, is declared in `.struct_ops.link`, and was filled when the object was loaded. If the
  /// kernel rejected the structure then, `Object.attachStructOps(_:)` reports the reason. A map that is declared in
  /// `.struct_ops` needs `Object.attachStructOps(_:)`, which knows its contents.
  ///
  /// Current users of the interface keep it after the link is gone: a connection keeps its congestion control, and with
  /// it the map and the programs, until it ends. The interface gets no new users.
  ///
  /// System calls: `BPF_LINK_CREATE` and `BPF_OBJ_GET_INFO_BY_FD`. Linux 6.4. Capabilities: `CAP_BPF` and those that
  /// the interface requires.
  ///
  /// - Returns: a link that keeps the interface registered while it exists.
  /// - Throws: `BPFError`. `BPFError.Code.wrongObject` for a map of another type, or one that cannot have a link;
  ///   `BPFError.Code.invalidArgument` for a map without a structure; `BPFError.Code.alreadyExists` if an interface of
  ///   the same name is registered; `BPFError.Code.unsupported` before Linux 6.4; `BPFError.Code.permissionDenied`.
  public func attachStructOps() throws(BPFError) -> Link {
    guard type == .structOps else {
      throw BPFError(
        .attach, .wrongObject, .map(name: name, id: id), "\(self) is not the map of a kernel interface")
    }
    guard flags.contains(.link) else {
      throw BPFError(
        .attach, .wrongObject, .map(name: name, id: id),
        "this map cannot have a link: declare it in '.struct_ops.link', or use attachStructOps(_:) of its object"
      )
    }
    let descriptor: OwnedDescriptor
    do throws(Errno) {
      descriptor = try withFileDescriptor { (map) throws(Errno) in
        try BPFCommand.linkCreate(
          BPFCommand.LinkCreation(map, attachType: AttachType.structOps.rawValue))
      }
    } catch {
      throw structOpsFailure(error)
    }
    return try Link(adopting: descriptor, to: structOpsTarget, operation: .attach)
  }

  /// Whether the map holds no structure yet, because the kernel rejected the structure or did not get one.
  private var isUnfilled: Bool {
    // The value begins with a count and a state, each of 32 bits; the state 0 is BPF_STRUCT_OPS_STATE_INIT.
    guard let value = try? lookup([0, 0, 0, 0]), value.count >= 8 else { return false }
    return value[4..<8].allSatisfy { $0 == 0 }
  }

  /// A description of the interface for messages.
  var structOpsTarget: String { "kernel interface '\(name)'" }

  /// Returns the error for a failed registration of the interface.
  func structOpsFailure(_ errno: Errno) -> BPFError {
    let isLink = flags.contains(.link)
    let (code, text): (BPFError.Code, String) =
      switch errno {
      case .fileExists: (.alreadyExists, "an interface of this name is registered")
      case .resourceBusy:
        (
          .alreadyExists,
          "it is registered, or was: without a link, a map can be registered only once, so load the object again"
        )
      case .invalidArgument where isLink && isUnfilled:
        (
          .invalidArgument,
          "its map holds no structure: use attachStructOps(_:) of its object, which reports what the kernel rejects"
        )
      case .invalidArgument where isLink:
        (
          .unsupported,
          KernelRelease.isOlder(than: "6.4")
            ? "this kernel has no links for kernel interfaces: \(KernelRelease.requirement("6.4"))"
            : "the interface rejects the structure"
        )
      case .invalidArgument:
        (.invalidArgument, "the interface rejects the structure: a required function may be missing")
      case .notSupported, .notSupportedByKernel:
        (.unsupported, "this kernel's interface cannot be registered like this")
      case .notPermitted:
        (.permissionDenied, "registering kernel interfaces requires CAP_BPF, or CAP_NET_ADMIN")
      default: (.system, "")
      }
    return BPFError(.attach, code, errno: errno, .map(name: name, id: id), text)
  }
}
