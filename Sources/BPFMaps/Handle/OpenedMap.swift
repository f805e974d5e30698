//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

package import BPFSyscall
internal import SystemPackage

/// An open map, described but not used.
///
/// A ``MapHandle`` of a per-CPU map needs the number of possible CPUs, to know the size of an element. Describing the map
/// does not, so that maps can be listed, and found by name, where /sys is not mounted.
package struct OpenedMap: ~Copyable {
  private let descriptor: OwnedDescriptor

  /// What the kernel tells of the map.
  package let info: MapInfo

  /// Opens the map with an id. `BPF_MAP_GET_FD_BY_ID` and `BPF_OBJ_GET_INFO_BY_FD`.
  package init(id: MapID, access: MapAccess) throws(BPFError) {
    try self.init(
      adopting: BPFObjectKind.map.open(id: id.rawValue, flags: access.flags.rawValue), .open,
      .map(name: nil, id: id))
  }

  /// Takes over the descriptor of a map. `BPF_OBJ_GET_INFO_BY_FD`.
  init(
    adopting descriptor: consuming OwnedDescriptor, _ operation: BPFError.Operation,
    _ subject: BPFError.Subject = .unknown, path: FilePath? = nil
  ) throws(BPFError) {
    do throws(Errno) {
      info = MapInfo(try BPFCommand.mapInformation(descriptor.borrowed))
    } catch {
      throw BPFObjectKind.map.informationFailure(operation, error, subject, path: path)
    }
    self.descriptor = descriptor
  }

  /// Gives up the descriptor.
  consuming func takeDescriptor() -> OwnedDescriptor { descriptor }

  /// What /proc/self/fdinfo tells of the map. See ``MapHandle/descriptorInfo()``.
  package func descriptorInfo() throws(BPFError) -> MapDescriptorInfo {
    try MapDescriptorInfo(of: descriptor.borrowed, .map(name: info.name, id: info.id))
  }
}

// MARK: - All maps of the system

extension OpenedMap {
  /// What the kernel tells of each map of the system, ascending by id. A map that goes meanwhile is left out.
  ///
  /// One descriptor at a time.
  package static func infos(access: MapAccess = .readOnly) throws(BPFError) -> [MapInfo] {
    try all(access: access) { $0.info }
  }

  /// The answers of `describe` for all maps of the system, ascending by id. A map that goes meanwhile is left out.
  ///
  /// One descriptor at a time.
  package static func all<Answer>(
    access: MapAccess, _ describe: (borrowing OpenedMap) throws(BPFError) -> Answer
  ) throws(BPFError) -> [Answer] {
    try BPFObjectKind.map.all { (id) throws(BPFError) in
      try describe(OpenedMap(id: MapID(rawValue: id), access: access))
    }
  }
}
