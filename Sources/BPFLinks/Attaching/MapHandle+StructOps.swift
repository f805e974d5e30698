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
  /// Attaches a kernel interface that programs implement (`struct_ops`), whose map this is, by a link.
  ///
  /// The map is of an object, declared in `.struct_ops.link`, and was filled when the object was loaded, unless the kernel
  /// refused its structure: `Object.attachStructOps(_:)` then says why. One that was
  /// declared in `.struct_ops` is attached by `Object.attachStructOps(_:)`, which knows what to fill it with.
  ///
  /// What uses the interface when the link goes goes on to do so: a connection keeps its congestion control until it
  /// ends, and with it the map and the programs. None begins to use it any more.
  ///
  /// System calls: `BPF_LINK_CREATE` and `BPF_OBJ_GET_INFO_BY_FD`. Linux 6.4. Capabilities: `CAP_BPF` and what the
  /// interface takes.
  ///
  /// - Returns: the link, as long as which the interface is registered.
  /// - Throws: `BPFError`. `BPFError.Code.wrongObject` for a map of another type, or one that is not attached by a link,
  ///   `BPFError.Code.invalidArgument` for a map that holds no structure,
  ///   `BPFError.Code.alreadyExists` if an interface of the name is registered, `BPFError.Code.unsupported` before
  ///   Linux 6.4, `BPFError.Code.permissionDenied`.
  public func attachStructOps() throws(BPFError) -> Link {
    guard type == .structOps else {
      throw BPFError(
        .attach, .wrongObject, .map(name: name, id: id), "\(self) is no map of a kernel interface")
    }
    guard flags.contains(.link) else {
      throw BPFError(
        .attach, .wrongObject, .map(name: name, id: id),
        "it is not attached by a link: declare it in '.struct_ops.link', or attach it by attachStructOps(_:) of its object"
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
    return try Link(adopting: descriptor, to: structOpsPlace, operation: .attach)
  }

  /// Whether the map holds no structure yet: the kernel refused it, or was not given it.
  private var isUnfilled: Bool {
    // The value begins with a count and a state, each of 32 bits; the state 0 is BPF_STRUCT_OPS_STATE_INIT.
    guard let value = try? lookup([0, 0, 0, 0]), value.count >= 8 else { return false }
    return value[4..<8].allSatisfy { $0 == 0 }
  }

  /// The interface in words.
  var structOpsPlace: String { "kernel interface '\(name)'" }

  /// What a refusal to register an interface means.
  func structOpsFailure(_ errno: Errno) -> BPFError {
    let isLink = flags.contains(.link)
    let (code, text): (BPFError.Code, String) =
      switch errno {
      case .fileExists: (.alreadyExists, "an interface of this name is registered")
      case .resourceBusy:
        (
          .alreadyExists,
          "it is registered, or was: without a link a map is for once only, so load the object again"
        )
      case .invalidArgument where isLink && isUnfilled:
        (
          .invalidArgument,
          "its map holds no structure: attach it by attachStructOps(_:) of its object, which says what the kernel refuses"
        )
      case .invalidArgument where isLink:
        (
          .unsupported,
          KernelRelease.isOlder(than: "6.4")
            ? "this kernel has no links to interfaces: \(KernelRelease.requirement("6.4"))"
            : "the interface does not take it"
        )
      case .invalidArgument:
        (.invalidArgument, "the interface does not take it: a function that it must have may be missing")
      case .notSupported, .notSupportedByKernel:
        (.unsupported, "this kernel's interface cannot be registered like this")
      case .notPermitted:
        (.permissionDenied, "registering kernel interfaces takes CAP_BPF, or CAP_NET_ADMIN")
      default: (.system, "")
      }
    return BPFError(.attach, code, errno: errno, .map(name: name, id: id), text)
  }
}
