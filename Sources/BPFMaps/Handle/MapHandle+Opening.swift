//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFSyscall
public import SystemPackage

// MARK: - By id

extension MapHandle {
  /// Opens the map with the given id.
  ///
  /// System calls: `BPF_MAP_GET_FD_BY_ID` and `BPF_OBJ_GET_INFO_BY_FD`. Linux 4.13; with another access than
  /// read-write 4.15. Capability: `CAP_SYS_ADMIN`.
  ///
  /// - Parameters:
  ///   - id: the kernel's number for the map.
  ///   - access: the access to the elements.
  /// - Throws: `BPFError`; `.notFound` if there is no such map, `.permissionDenied`.
  public convenience init(id: MapID, access: MapAccess = .readWrite) throws(BPFError) {
    let descriptor = try BPFObjectKind.map.open(id: id.rawValue, flags: access.flags.rawValue)
    try self.init(adopting: descriptor, access: access, .open, .map(name: nil, id: id))
  }

  /// Returns the ids of all maps in the system, in ascending order.
  ///
  /// A map may be gone by the time its id is used.
  ///
  /// System calls: `BPF_MAP_GET_NEXT_ID` once for each map and once more. Linux 4.13. Capability: `CAP_SYS_ADMIN`.
  ///
  /// - Throws: `BPFError`; `.permissionDenied` if the caller may not list maps.
  public static func ids() throws(BPFError) -> [MapID] {
    try BPFObjectKind.map.ids().map(MapID.init(rawValue:))
  }

  /// Opens all maps in the system, in ascending order of id.
  ///
  /// Skips maps that disappear during the call. Each handle holds a descriptor; with thousands of maps, iterate over
  /// ``ids()`` and open one map at a time.
  ///
  /// System calls: three for each map, and one more. Linux 4.13. Capability: `CAP_SYS_ADMIN`.
  ///
  /// - Parameter access: the access to the elements.
  /// - Throws: `BPFError`; `.permissionDenied` if the caller may not list maps, `.outOfResources` if there are more
  ///   maps than the process may have descriptors.
  public static func all(access: MapAccess = .readWrite) throws(BPFError) -> [MapHandle] {
    try BPFObjectKind.map.all { (id) throws(BPFError) in
      try MapHandle(id: MapID(rawValue: id), access: access)
    }
  }

  /// Opens the only map with the given name.
  ///
  /// Map names are not unique. If several maps have the name, the error lists their ids.
  ///
  /// System calls: three for each map in the system, and three more. Linux 4.15. Capability: `CAP_SYS_ADMIN`.
  ///
  /// - Parameters:
  ///   - name: the map's full name, at most 15 bytes; not empty.
  ///   - access: the access to the elements.
  /// - Throws: `BPFError`; `.notFound` if no map has the name, `.ambiguous` if several have it, `.permissionDenied`.
  public convenience init(name: String, access: MapAccess = .readWrite) throws(BPFError) {
    guard !name.isEmpty else {
      throw BPFError(.open, .invalidName, "the name is empty: open the map by id")
    }
    let candidates = try OpenedMap.infos(access: access).filter { $0.name == name }
    guard let found = candidates.first else {
      let hint =
        name.utf8.count > MapName.maximumLength
        ? "; the kernel keeps at most \(MapName.maximumLength) bytes of a name" : ""
      throw BPFError(.open, .notFound, mapName: name, "no map has this name\(hint)")
    }
    guard candidates.count == 1 else {
      let list = candidates.map { "id \($0.id) (\($0.type))" }.joined(separator: ", ")
      throw BPFError(
        .open, .ambiguous, mapName: name, "\(candidates.count) maps have this name; open one by id: \(list)")
    }
    try self.init(id: found.id, access: access)
  }

  /// Opens another handle for the same map.
  private convenience init(sharing map: MapHandle) throws(BPFError) {
    let descriptor = try BPFObjectKind.map.duplicate(map.descriptor.borrowed, map.subject)
    try self.init(adopting: descriptor, access: map.access, .duplicate, map.subject)
  }

  /// Returns a second handle for the same map, with its own descriptor and the same access.
  ///
  /// A handle can be shared without this. Duplicate it to hand a descriptor to code that will close it, or to close
  /// one handle independently of the other.
  ///
  /// System calls: `fcntl(F_DUPFD_CLOEXEC)` and `BPF_OBJ_GET_INFO_BY_FD`.
  ///
  /// - Throws: `BPFError`; `.outOfResources` if the process may have no more descriptors.
  public func duplicate() throws(BPFError) -> MapHandle { try MapHandle(sharing: self) }
}

// MARK: - By descriptor

extension MapHandle {
  /// Opens a map by duplicating a descriptor that is already open: inherited, received over a socket, or opened by
  /// other code.
  ///
  /// The caller keeps its descriptor and closes it. The library verifies that the descriptor refers to a map; for a
  /// program, a socket or a file, the error names the kind. The handle's ``access`` is the descriptor's.
  ///
  /// System calls: `fcntl(F_GETFL)`, readlink(2) in /proc, `fcntl(F_DUPFD_CLOEXEC)`, `BPF_OBJ_GET_INFO_BY_FD`.
  /// Linux 4.13. No capability.
  ///
  /// - Parameter descriptor: an open descriptor of a map.
  /// - Throws: `BPFError`; `.wrongObject` if the descriptor is not a map's, `.invalidArgument` if it is not open,
  ///   `.unavailable` if /proc is not mounted.
  public convenience init(duplicating descriptor: FileDescriptor) throws(BPFError) {
    let copy = try BPFObjectKind.map.open(duplicating: descriptor)
    let access: MapAccess
    do throws(Errno) {
      access =
        switch try copy.borrowed.accessMode() {
        case .readOnly: .readOnly
        case .writeOnly: .writeOnly
        default: .readWrite
        }
    } catch {
      throw BPFError(.open, .system, errno: error)
    }
    try self.init(adopting: copy, access: access, .open)
  }
}
