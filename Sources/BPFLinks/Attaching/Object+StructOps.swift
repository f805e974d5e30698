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
  /// Attaches a kernel interface that programs of the object implement (`struct_ops`).
  ///
  /// The kernel validates the structure when it is attached, not when the object is loaded: an incomplete one is refused
  /// here, with the members that are missing.
  ///
  /// One that is declared in `.struct_ops.link` is attached by a link, as by `MapHandle.attachStructOps()`. One that is
  /// declared in `.struct_ops` is registered by filling its map, and unregistered by emptying it, for kernels that have no
  /// links to interfaces: it then stays when the process dies, unless it ends this object first, and such a map can be
  /// registered once only.
  ///
  /// What uses the interface when it is detached goes on to do so: a connection keeps its congestion control until it
  /// ends, and with it the map and the programs. None begins to use it any more.
  ///
  /// System calls: `BPF_LINK_CREATE` and `BPF_OBJ_GET_INFO_BY_FD`, Linux 6.4, before them `BPF_MAP_UPDATE_ELEM` if the
  /// kernel refused the structure when the object was loaded; or `BPF_MAP_UPDATE_ELEM`, and in the end
  /// `BPF_MAP_DELETE_ELEM`, Linux 5.6. Capabilities: `CAP_BPF` and what the interface takes.
  ///
  /// - Parameter name: the name of the interface's variable in the object, which is its map's.
  /// - Returns: the link, as long as which the interface is registered.
  /// - Throws: `BPFError`. `BPFError.Code.notFound` if the object has no such map, `BPFError.Code.wrongObject` for a map
  ///   of another type, `BPFError.Code.alreadyExists` if an interface of the name is registered, or this one was before,
  ///   `BPFError.Code.invalidArgument` if the structure is incomplete, `BPFError.Code.permissionDenied`.
  public func attachStructOps(_ name: String) throws(BPFError) -> Link {
    let map = try map(name)
    guard let value = registrations[name] else { return try map.attachStructOps() }
    let isLink = map.flags.contains(.link)
    do throws(BPFError) {
      // The descriptors in it are good as long as the object has its programs.
      try withExtendedLifetime(self) { () throws(BPFError) in try map.update(MapHandle.onlyKey, to: value) }
    } catch {
      guard let errno = error.errno else { throw error }
      // Filled by now, such as by an earlier attempt to attach it.
      if isLink, errno == .resourceBusy { return try map.attachStructOps() }
      if errno == .invalidArgument {
        throw BPFError(
          .attach, .invalidArgument, errno: errno, .map(name: map.name, id: map.id),
          StructOpsDefects(of: name, in: self).description)
      }
      throw map.structOpsFailure(errno)
    }
    if isLink { return try map.attachStructOps() }
    // The map is this interface's alone: nothing else can be registered by it.
    let attachment = DirectAttachment { () throws(Errno) in
      try map.unregisterStructOps()
      return .detached
    }
    return Link(attachment, to: map.structOpsPlace, program: nil)
  }
}

extension MapHandle {
  /// The key of the one element that a map of a kernel interface has.
  fileprivate static let onlyKey: [UInt8] = [0, 0, 0, 0]

  /// Unregisters the interface, unless somebody else has done so.
  fileprivate func unregisterStructOps() throws(Errno) {
    do throws(BPFError) {
      try delete(MapHandle.onlyKey)
    } catch {
      guard error.errno == .nowInProgress else { throw error.errno ?? .ioError }
    }
  }
}
