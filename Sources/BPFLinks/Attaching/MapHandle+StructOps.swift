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
  /// Attaches a kernel interface that programs implement (`struct_ops`), whose map this is.
  ///
  /// The map is of an object, declared in `.struct_ops.link`, and was filled when the object was loaded. One that was
  /// declared in `.struct_ops` is not attached by a link.
  ///
  /// System calls: `BPF_LINK_CREATE` and `BPF_OBJ_GET_INFO_BY_FD`. Linux 6.4. Capabilities: `CAP_BPF` and what the
  /// interface takes.
  ///
  /// - Returns: the link, as long as which the interface is registered.
  /// - Throws: `BPFError`. `BPFError.Code.wrongObject` for a map of another type, `BPFError.Code.alreadyExists` if an
  ///   interface of the name is registered.
  public func attachStructOps() throws(BPFError) -> Link {
    guard type == .structOps else {
      throw BPFError(
        .attach, .wrongObject, .map(name: name, id: id), "\(self) is no map of a kernel interface")
    }
    let descriptor: OwnedDescriptor
    do throws(Errno) {
      descriptor = try withFileDescriptor { (map) throws(Errno) in
        try BPFCommand.linkCreate(
          BPFCommand.LinkCreation(map, attachType: AttachType.structOps.rawValue))
      }
    } catch {
      let (code, text): (BPFError.Code, String) =
        switch error {
        case .fileExists: (.alreadyExists, "an interface of this name is registered")
        case .invalidArgument:
          (
            .unsupported,
            "declare it in '.struct_ops.link'; links to kernel interfaces are there since Linux 6.4"
          )
        case .notPermitted:
          (.permissionDenied, "registering kernel interfaces takes CAP_BPF, or CAP_NET_ADMIN")
        default: (.system, "")
        }
      throw BPFError(.attach, code, errno: error, .map(name: name, id: id), text)
    }
    return try Link(adopting: descriptor, to: "kernel interface '\(name)'", operation: .attach)
  }
}
