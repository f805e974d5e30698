//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFMaps
public import BPFObjects
public import BPFSyscall
internal import SystemPackage

extension Object {
  /// Attaches a kernel interface that the object's programs implement (`struct_ops`).
  ///
  /// The kernel validates the structure when it is attached, not when the object is loaded. The error for an incomplete
  /// structure lists the missing members.
  ///
  /// A structure in `.struct_ops.link` is attached with a link, as by `MapHandle.attachStructOps()`. A structure in
  /// `.struct_ops`, for kernels without such links, is registered by filling its map and unregistered by emptying it.
  /// It stays registered if the process dies before it releases the link, and its map can be registered only once.
  ///
  /// Current users of the interface keep it after it is detached: a connection keeps its congestion control, and with
  /// it the map and the programs, until it ends. The interface gets no new users.
  ///
  /// System calls: for a link, `BPF_LINK_CREATE` and `BPF_OBJ_GET_INFO_BY_FD`, Linux 6.4, after a `BPF_MAP_UPDATE_ELEM`
  /// if the kernel rejected the structure when the object was loaded. Without a link, `BPF_MAP_UPDATE_ELEM`, and
  /// `BPF_MAP_DELETE_ELEM` to detach, Linux 5.6. Capabilities: `CAP_BPF` and those that the interface requires.
  ///
  /// - Parameter name: the name of the interface's variable in the object, which is also the name of its map.
  /// - Returns: a link that keeps the interface registered while it exists.
  /// - Throws: `BPFError`. `BPFError.Code.notFound` if the object has no such map; `BPFError.Code.wrongObject` for a
  ///   map of another type; `BPFError.Code.alreadyExists` if an interface of the same name is registered, or this one
  ///   was before; `BPFError.Code.invalidArgument` if the structure is incomplete; `BPFError.Code.permissionDenied`.
  public func attachStructOps(_ name: String) throws(BPFError) -> Link {
    let map = try map(name)
    guard let value = registrations[name] else { return try map.attachStructOps() }
    let isLink = map.flags.contains(.link)
    do throws(BPFError) {
      // The value holds program descriptors, which are open while the object exists.
      try withExtendedLifetime(self) { () throws(BPFError) in try map.update(MapHandle.onlyKey, to: value) }
    } catch {
      guard let errno = error.errno else { throw error }
      // The map is filled by now, for example by an earlier attempt to attach it.
      if isLink, errno == .resourceBusy { return try map.attachStructOps() }
      if errno == .invalidArgument {
        throw BPFError(
          .attach, .invalidArgument, errno: errno, .map(name: map.name, id: map.id),
          StructOpsDefects(of: name, in: self).description)
      }
      throw map.structOpsFailure(errno)
    }
    if isLink { return try map.attachStructOps() }
    // Only this interface can be registered with the map.
    let attachment = DirectAttachment { () throws(Errno) in
      try map.unregisterStructOps()
      return .detached
    }
    return Link(attachment, to: map.structOpsTarget, program: nil)
  }
}

extension MapHandle {
  /// The key of the only element of a kernel interface's map.
  fileprivate static let onlyKey: [UInt8] = [0, 0, 0, 0]

  /// Unregisters the interface; does nothing if it is unregistered already.
  fileprivate func unregisterStructOps() throws(Errno) {
    do throws(BPFError) {
      try delete(MapHandle.onlyKey)
    } catch {
      guard error.errno == .nowInProgress else { throw error.errno ?? .ioError }
    }
  }
}
