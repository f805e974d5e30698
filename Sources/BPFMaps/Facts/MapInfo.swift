//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFSyscall

/// What the kernel tells of a map. `struct bpf_map_info` of `BPF_OBJ_GET_INFO_BY_FD`.
///
/// Fields that the running kernel does not have are zero.
public struct MapInfo: Hashable, Sendable {
  /// The map's id, good as long as the map lives.
  public var id: MapID
  /// Its type.
  public var type: MapType
  /// Its name, at most 15 bytes; often empty. Linux 4.15.
  public var name: String
  /// Bytes of a key; 0 if there are no keys.
  public var keySize: Int
  /// Bytes of a value, of one CPU's value for per-CPU maps.
  public var valueSize: Int
  /// How many elements it may hold; for ring buffers bytes, for arenas pages.
  public var maxEntries: Int
  /// The flags it was created with.
  public var flags: MapCreateFlags
  /// What ``MapOptions/extra`` was. Linux 5.16.
  public var extra: UInt64
  /// The network device it is offloaded to; 0 for none. Linux 4.16.
  public var interfaceIndex: Int
  /// The device of the network namespace of that network device. Linux 4.16.
  public var networkNamespaceDevice: UInt64
  /// The inode of that network namespace. Linux 4.16.
  public var networkNamespaceInode: UInt64
  /// The id of the BTF object with its types; 0 for none. Linux 4.18.
  public var btfID: UInt32
  /// The key's type in that object.
  public var btfKeyTypeID: UInt32
  /// The value's type in that object.
  public var btfValueTypeID: UInt32
  /// For struct operations, the value's type in the kernel's BTF. Linux 5.6.
  public var btfVmlinuxValueTypeID: UInt32
  /// The id of the kernel's or module's BTF that type is in. Linux 6.9.
  public var btfVmlinuxID: UInt32
  /// The SHA-256 of the map's contents, 32 bytes, if it was asked for and the type has one. Linux 6.18.
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
