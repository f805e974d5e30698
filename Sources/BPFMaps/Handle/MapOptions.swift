//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

package import BPFSyscall
public import SystemPackage

/// What a map can be created with besides its type, name and sizes.
///
/// Every field has the default of "none". They are those of libbpf's `bpf_map_create_opts`.
public struct MapOptions: Sendable {
  /// `BPF_F_*` flags.
  public var flags: MapCreateFlags

  /// What the type makes of it: the number of hashes of a Bloom filter (1 to 15), the address of an arena.
  /// Linux 5.16.
  public var extra: UInt64

  /// The NUMA node to allocate the map on. Linux 4.14.
  public var numaNode: Int?

  /// For a map of maps, a map like those it shall hold: its template, not an element. Linux 4.12.
  public var innerMap: MapHandle?

  /// The network device to offload the map to, by interface index; 0 for none. Linux 4.16.
  public var interfaceIndex: Int

  /// The types of key and value. Linux 4.18.
  public var btf: BTF?

  /// For struct operations, the type of the value in the kernel's own BTF; 0 for none. Linux 5.6.
  public var vmlinuxValueTypeID: UInt32

  /// For struct operations of a module, the module's BTF that ``vmlinuxValueTypeID`` is in. Linux 6.9.
  public var valueTypeBTF: FileDescriptor?

  /// A BPF token that lends its privileges. Linux 6.9.
  public var token: FileDescriptor?

  /// The SHA-256 of the one program that may use the map, 32 bytes; empty for any program. Linux 6.18.
  public var exclusiveProgramHash: [UInt8]

  /// What is known of the kernel that creates the map.
  package var kernel = KernelSupport.running

  /// Types of key and value in a BTF object the kernel has loaded.
  public struct BTF: Sendable {
    /// The BTF object; it must stay open until the map has been created.
    public var descriptor: FileDescriptor
    /// The key's type in it.
    public var keyTypeID: UInt32
    /// The value's type in it.
    public var valueTypeID: UInt32

    /// Types in a BTF object.
    public init(descriptor: FileDescriptor, keyTypeID: UInt32, valueTypeID: UInt32) {
      self.descriptor = descriptor
      self.keyTypeID = keyTypeID
      self.valueTypeID = valueTypeID
    }
  }

  /// Options, each with its default.
  public init(
    flags: MapCreateFlags = [], extra: UInt64 = 0, numaNode: Int? = nil, innerMap: MapHandle? = nil,
    interfaceIndex: Int = 0, btf: BTF? = nil, vmlinuxValueTypeID: UInt32 = 0,
    valueTypeBTF: FileDescriptor? = nil, token: FileDescriptor? = nil, exclusiveProgramHash: [UInt8] = []
  ) {
    self.flags = flags
    self.extra = extra
    self.numaNode = numaNode
    self.innerMap = innerMap
    self.interfaceIndex = interfaceIndex
    self.btf = btf
    self.vmlinuxValueTypeID = vmlinuxValueTypeID
    self.valueTypeBTF = valueTypeBTF
    self.token = token
    self.exclusiveProgramHash = exclusiveProgramHash
  }
}
