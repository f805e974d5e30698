//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFSyscall
public import SystemPackage

// MARK: - By id

extension MapHandle {
  /// Opens the map with an id.
  ///
  /// System calls: `BPF_MAP_GET_FD_BY_ID` and `BPF_OBJ_GET_INFO_BY_FD`. Linux 4.13; with another access than
  /// read-write 4.15. Capability: `CAP_SYS_ADMIN`.
  ///
  /// - Parameters:
  ///   - id: the kernel's number for the map.
  ///   - access: what the handle may do with the elements.
  /// - Throws: `BPFError`. `BPFError.Code.notFound` if there is no such map,
  ///   `BPFError.Code.permissionDenied`.
  public convenience init(id: MapID, access: MapAccess = .readWrite) throws(BPFError) {
    let descriptor = try BPFObjectKind.map.open(id: id.rawValue, flags: access.flags.rawValue)
    try self.init(adopting: descriptor, access: access, .open, .map(name: nil, id: id))
  }

  /// The ids of all maps of the system, ascending.
  ///
  /// A map may be gone by the time its id is used.
  ///
  /// System calls: one `BPF_MAP_GET_NEXT_ID` for each map and one more. Linux 4.13. Capability: `CAP_SYS_ADMIN`.
  ///
  /// - Throws: `BPFError`; `BPFError.Code.permissionDenied` if the caller may not list maps.
  public static func ids() throws(BPFError) -> [MapID] {
    try BPFObjectKind.map.ids().map(MapID.init(rawValue:))
  }

  /// All maps of the system, ascending by id, each opened.
  ///
  /// Maps that go while this runs are left out. Each map takes a descriptor as long as its handle lives; where
  /// there may be thousands, go through ``ids()`` and open one at a time.
  ///
  /// System calls: three for each map, and one more. Linux 4.13. Capability: `CAP_SYS_ADMIN`.
  ///
  /// - Parameter access: what the handles may do with the elements.
  /// - Throws: `BPFError`; `BPFError.Code.permissionDenied` if the caller may not list maps,
  ///   `BPFError.Code.outOfResources` if there are more maps than the process may have descriptors.
  public static func all(access: MapAccess = .readWrite) throws(BPFError) -> [MapHandle] {
    try BPFObjectKind.map.all { (id) throws(BPFError) in
      try MapHandle(id: MapID(rawValue: id), access: access)
    }
  }

  /// Opens the one map that has a name.
  ///
  /// Names are not unique to the kernel: with more than one map of the name, the error lists them by id.
  ///
  /// System calls: three for each map of the system, and three more. Linux 4.15. Capability: `CAP_SYS_ADMIN`.
  ///
  /// - Parameters:
  ///   - name: the whole name, as the kernel keeps it; not empty.
  ///   - access: what the handle may do with the elements.
  /// - Throws: `BPFError`. `BPFError.Code.notFound` if no map has the name, `BPFError.Code.ambiguous` if
  ///   several have, `BPFError.Code.permissionDenied`.
  public convenience init(name: String, access: MapAccess = .readWrite) throws(BPFError) {
    guard !name.isEmpty else {
      throw BPFError(.open, .invalidName, "an empty name is no name: open the map by id")
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

  /// A handle of its own for the map of another.
  private convenience init(sharing map: MapHandle) throws(BPFError) {
    let descriptor = try BPFObjectKind.map.duplicate(map.descriptor.borrowed, map.subject)
    try self.init(adopting: descriptor, access: map.access, .duplicate, map.subject)
  }

  /// A second handle for the same map, with a descriptor of its own and the same access.
  ///
  /// Handles can be shared as they are; this is for handing a descriptor to somebody who will close it, or for
  /// closing one independently of the other.
  ///
  /// System calls: `fcntl(F_DUPFD_CLOEXEC)` and `BPF_OBJ_GET_INFO_BY_FD`.
  ///
  /// - Throws: `BPFError`; `BPFError.Code.outOfResources` if the process may have no more descriptors.
  public func duplicate() throws(BPFError) -> MapHandle { try MapHandle(sharing: self) }
}

// MARK: - By descriptor

extension MapHandle {
  /// Opens a second descriptor for a map that is open already: inherited, received over a socket, or made by
  /// other code.
  ///
  /// The descriptor given stays the caller's, to use and to close. That it is a map is proved first: anything
  /// else, a BPF program, a socket, a file, is refused by name. The handle's ``access`` is the descriptor's.
  ///
  /// System calls: `fcntl(F_GETFL)`, readlink(2) in /proc, `fcntl(F_DUPFD_CLOEXEC)`, `BPF_OBJ_GET_INFO_BY_FD`.
  /// Linux 4.13. No capability.
  ///
  /// - Parameter descriptor: an open descriptor of a map.
  /// - Throws: `BPFError`. `BPFError.Code.wrongObject` for a descriptor of something else,
  ///   `BPFError.Code.invalidArgument` for one that is not open, `BPFError.Code.unavailable` if /proc is not
  ///   mounted.
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
