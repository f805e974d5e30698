//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFSyscall
public import SystemPackage

/// The options of a new map besides its type, name and sizes.
///
/// Every option is off by default. They correspond to libbpf's `bpf_map_create_opts`.
public struct MapOptions: Sendable {
  /// The `BPF_F_*` flags.
  public var flags: MapCreateFlags

  /// A number whose meaning depends on the type, such as the number of hashes of a Bloom filter (1 to 15) or the
  /// address of an arena. Linux 5.16.
  public var extra: UInt64

  /// The NUMA node to allocate the map on. Linux 4.14.
  public var numaNode: Int?

  /// For a map-in-map, an inner map with the properties of its future elements. It is a template, not an element.
  /// Linux 4.12.
  public var innerMap: MapHandle?

  /// The interface index of the network device to offload the map to; 0 for none. Linux 4.16.
  public var interfaceIndex: Int

  /// The BTF types of key and value. Typed maps describe their Swift types themselves. Linux 4.18.
  public var btf: BTF?

  /// Whether a typed map is created without BTF that describes its Swift types. See ``TypedMap`` for what it describes.
  /// Without effect on a `MapHandle`, and if ``btf`` is given.
  public var omitsBTF: Bool

  /// For struct_ops maps, the type id of the value in the kernel's BTF; 0 for none. Linux 5.6.
  public var vmlinuxValueTypeID: UInt32

  /// For struct_ops of a module, the module's BTF that contains ``vmlinuxValueTypeID``. Linux 6.9.
  public var valueTypeBTF: FileDescriptor?

  /// A token that delegates the command and the map type. Linux 6.9.
  public var token: BPFToken?

  /// The SHA-256 of the only program that may use the map, 32 bytes; empty for any program. Linux 6.18.
  public var exclusiveProgramHash: [UInt8]

  /// The path at which the map is shared; nil for a map that is not pinned.
  ///
  /// Creating a map then opens the one that is pinned there. If nothing is, it creates the map and pins it. Of several
  /// processes that do so at the same time, one creates the map, and the others open it.
  ///
  /// An existing map must have the requested type, sizes, maximum number of elements, flags and ``extra``, and for typed
  /// maps BTF that matches the Swift types, if any. Otherwise creating throws `.typeMismatch` with all differences. The inner
  /// map's shape is not compared. An ``exclusiveProgramHash`` is refused, since the kernel does not tell that of a map.
  public var pinPath: FilePath?

  /// The known features of the kernel that creates the map.
  package var kernel = KernelSupport.running

  /// The types of key and value in a loaded BTF object.
  public struct BTF: Sendable {
    /// The BTF object. It must stay open until the map has been created.
    public var descriptor: FileDescriptor
    /// The type id of the key.
    public var keyTypeID: UInt32
    /// The type id of the value.
    public var valueTypeID: UInt32

    /// Creates a reference to types in a BTF object.
    public init(descriptor: FileDescriptor, keyTypeID: UInt32, valueTypeID: UInt32) {
      self.descriptor = descriptor
      self.keyTypeID = keyTypeID
      self.valueTypeID = valueTypeID
    }
  }

  /// Creates options; each is off by default.
  public init(
    flags: MapCreateFlags = [], extra: UInt64 = 0, numaNode: Int? = nil, innerMap: MapHandle? = nil,
    interfaceIndex: Int = 0, btf: BTF? = nil, omitsBTF: Bool = false, vmlinuxValueTypeID: UInt32 = 0,
    valueTypeBTF: FileDescriptor? = nil, token: BPFToken? = nil, exclusiveProgramHash: [UInt8] = [],
    pinPath: FilePath? = nil
  ) {
    self.flags = flags
    self.extra = extra
    self.numaNode = numaNode
    self.innerMap = innerMap
    self.interfaceIndex = interfaceIndex
    self.btf = btf
    self.omitsBTF = omitsBTF
    self.vmlinuxValueTypeID = vmlinuxValueTypeID
    self.valueTypeBTF = valueTypeBTF
    self.token = token
    self.exclusiveProgramHash = exclusiveProgramHash
    self.pinPath = pinPath
  }
}

extension MapOptions {
  /// Whether creating a map may open an existing one instead.
  var mayOpen: Bool { pinPath != nil }
}
