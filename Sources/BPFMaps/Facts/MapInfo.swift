//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFSyscall

/// The kernel's information about a map: `struct bpf_map_info` of `BPF_OBJ_GET_INFO_BY_FD`.
///
/// Fields that the running kernel does not have are zero.
public struct MapInfo: Hashable, Identifiable, Sendable {
  /// The map's id, valid while the map exists.
  public var id: MapID
  /// The map's type.
  public var type: MapType
  /// The map's name, at most 15 bytes; often empty. Linux 4.15.
  public var name: String
  /// The size of a key in bytes; 0 for maps without keys.
  public var keySize: Int
  /// The size of a value in bytes; for per-CPU maps, of one CPU's value.
  public var valueSize: Int
  /// The maximum number of elements; for ring buffers the size in bytes, for arenas the number of pages.
  public var maxEntries: Int
  /// The flags that the map was created with.
  public var flags: MapCreateFlags
  /// The value of ``MapOptions/extra`` at creation. Linux 5.16.
  public var extra: UInt64
  /// The index of the network device that the map is offloaded to; 0 for none. Linux 4.16.
  public var interfaceIndex: Int
  /// The device number of that network device's network namespace. Linux 4.16.
  public var networkNamespaceDevice: UInt64
  /// The inode number of that network namespace. Linux 4.16.
  public var networkNamespaceInode: UInt64
  /// The id of the BTF object with the map's types; 0 for none. Linux 4.18.
  public var btfID: UInt32
  /// The type id of the key in that object.
  public var btfKeyTypeID: UInt32
  /// The type id of the value in that object.
  public var btfValueTypeID: UInt32
  /// For struct_ops maps, the type id of the value in the kernel's BTF. Linux 5.6.
  public var btfVmlinuxValueTypeID: UInt32
  /// The id of the kernel's or module's BTF object that has the struct_ops value type. Linux 6.9.
  public var btfVmlinuxID: UInt32
  /// The SHA-256 of the map's contents, 32 bytes, if requested and supported. Linux 6.18.
  public var hash: [UInt8]?

  package init(_ information: BPFCommand.MapInformation) {
    id = MapID(rawValue: information.id)
    type = MapType(rawValue: information.type)
    name = information.name
    keySize = Int(information.keySize)
    valueSize = Int(information.valueSize)
    maxEntries = Int(information.maxEntries)
    flags = MapCreateFlags(rawValue: information.flags)
    extra = information.extra
    interfaceIndex = Int(information.interfaceIndex)
    networkNamespaceDevice = information.networkNamespaceDevice
    networkNamespaceInode = information.networkNamespaceInode
    btfID = information.btfID
    btfKeyTypeID = information.btfKeyTypeID
    btfValueTypeID = information.btfValueTypeID
    btfVmlinuxValueTypeID = information.btfVmlinuxValueTypeID
    btfVmlinuxID = information.btfVmlinuxID
  }
}
