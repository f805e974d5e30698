//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

package import BPFSyscall
internal import SystemPackage

/// An open map without access to its elements.
///
/// A ``MapHandle`` of a per-CPU map needs the number of possible CPUs for the size of an element. An `OpenedMap` does
/// not, so maps can be listed, and found by name, without /sys.
package struct OpenedMap: ~Copyable {
  private let descriptor: OwnedDescriptor

  /// The kernel's information about the map.
  package let info: MapInfo

  /// Opens the map with the given id. System calls: `BPF_MAP_GET_FD_BY_ID` and `BPF_OBJ_GET_INFO_BY_FD`.
  package init(id: MapID, access: MapAccess) throws(BPFError) {
    try self.init(
      adopting: BPFObjectKind.map.open(id: id.rawValue, flags: access.flags.rawValue), .open,
      .map(name: nil, id: id))
  }

  /// Takes ownership of a map's descriptor. System call: `BPF_OBJ_GET_INFO_BY_FD`.
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

  /// Returns the descriptor and gives up its ownership.
  consuming func takeDescriptor() -> OwnedDescriptor { descriptor }

  /// Pins the map. See ``MapHandle/pin(at:)``.
  func pin(at path: FilePath) throws(BPFError) {
    try BPFObjectKind.map.pin(descriptor.borrowed, at: path, .map(name: info.name, id: info.id))
  }

  /// Reads the map's properties in /proc/self/fdinfo. See ``MapHandle/descriptorInfo()``.
  package func descriptorInfo() throws(BPFError) -> MapDescriptorInfo {
    try MapDescriptorInfo(of: descriptor.borrowed, .map(name: info.name, id: info.id))
  }
}

// MARK: - All maps in the system

extension OpenedMap {
  /// Returns information about every map in the system, in ascending order of id. Skips maps that disappear during the
  /// call.
  ///
  /// Holds one descriptor open at a time.
  package static func infos(access: MapAccess = .readOnly) throws(BPFError) -> [MapInfo] {
    try all(access: access) { $0.info }
  }

  /// Calls `describe` for every map in the system, in ascending order of id, and returns the results. Skips maps that
  /// disappear during the call.
  ///
  /// Holds one descriptor open at a time.
  package static func all<Answer>(
    access: MapAccess, _ describe: (borrowing OpenedMap) throws(BPFError) -> Answer
  ) throws(BPFError) -> [Answer] {
    try BPFObjectKind.map.all { (id) throws(BPFError) in
      try describe(OpenedMap(id: MapID(rawValue: id), access: access))
    }
  }
}
