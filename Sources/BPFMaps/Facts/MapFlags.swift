//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// Flags of one element, for look-up and update.
public struct MapFlags: OptionSet, Hashable, Sendable {
  /// The kernel's bits.
  public let rawValue: UInt64

  /// Flags with the kernel's bits.
  public init(rawValue: UInt64) { self.rawValue = rawValue }

  /// Update only if there is no such key (`BPF_NOEXIST`).
  public static let noExist = MapFlags(rawValue: 1)
  /// Update only if the key is there (`BPF_EXIST`); for queues and stacks, drop the oldest when full.
  public static let exist = MapFlags(rawValue: 2)
  /// Hold the spin lock in the value while copying it (`BPF_F_LOCK`). Linux 5.1.
  public static let lock = MapFlags(rawValue: 4)
}

/// Flags a map is created with (`BPF_F_*`).
///
/// They are another space than the flags of an element, ``MapFlags``.
public struct MapCreateFlags: OptionSet, Hashable, Sendable, CustomStringConvertible {
  /// The kernel's bits.
  public let rawValue: UInt32

  /// Flags with the kernel's bits.
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// Allocate elements when they are inserted, not all at once (`BPF_F_NO_PREALLOC`). Linux 4.6.
  ///
  /// LPM tries and local storages must have it.
  public static let noPrealloc = MapCreateFlags(rawValue: 1 << 0)
  /// A list of least recently used elements for each CPU (`BPF_F_NO_COMMON_LRU`). Linux 4.10.
  public static let noCommonLRU = MapCreateFlags(rawValue: 1 << 1)
  /// Allocate on the node in ``MapOptions/numaNode``, which sets it (`BPF_F_NUMA_NODE`). Linux 4.14.
  public static let numaNode = MapCreateFlags(rawValue: 1 << 2)
  /// The creating handle may only read (`BPF_F_RDONLY`). Linux 4.15.
  public static let readOnly = MapCreateFlags(rawValue: 1 << 3)
  /// The creating handle may only write (`BPF_F_WRONLY`). Linux 4.15.
  public static let writeOnly = MapCreateFlags(rawValue: 1 << 4)
  /// Stack traces hold build ids and offsets (`BPF_F_STACK_BUILD_ID`). Linux 4.17.
  public static let stackBuildID = MapCreateFlags(rawValue: 1 << 5)
  /// A hash without a random seed, for tests (`BPF_F_ZERO_SEED`). Linux 5.0.
  public static let zeroSeed = MapCreateFlags(rawValue: 1 << 6)
  /// Programs may only read (`BPF_F_RDONLY_PROG`). Linux 5.2.
  public static let readOnlyProgram = MapCreateFlags(rawValue: 1 << 7)
  /// Programs may only write (`BPF_F_WRONLY_PROG`). Linux 5.2.
  public static let writeOnlyProgram = MapCreateFlags(rawValue: 1 << 8)
  /// Copy socket storage to accepted sockets (`BPF_F_CLONE`). Linux 5.4.
  public static let clone = MapCreateFlags(rawValue: 1 << 9)
  /// User space may map the values into its memory (`BPF_F_MMAPABLE`). Linux 5.5.
  public static let mmapable = MapCreateFlags(rawValue: 1 << 10)
  /// Keep perf events when the descriptor that set them closes (`BPF_F_PRESERVE_ELEMS`). Linux 5.10.
  public static let preserveElements = MapCreateFlags(rawValue: 1 << 11)
  /// An array that may stand in a map of maps for arrays of other lengths (`BPF_F_INNER_MAP`). Linux 5.10.
  public static let innerMap = MapCreateFlags(rawValue: 1 << 12)
  /// Struct operations that are attached by a link (`BPF_F_LINK`). Linux 6.4.
  public static let link = MapCreateFlags(rawValue: 1 << 13)
  /// A path is relative to a directory's descriptor (`BPF_F_PATH_FD`). Linux 6.5.
  public static let pathDescriptor = MapCreateFlags(rawValue: 1 << 14)
  /// The value's type is in the BTF of ``MapOptions/valueTypeBTF``, which sets it (`BPF_F_VTYPE_BTF_OBJ_FD`).
  /// Linux 6.9.
  public static let valueTypeBTF = MapCreateFlags(rawValue: 1 << 15)
  /// Privileges come from ``MapOptions/token``, which sets it (`BPF_F_TOKEN_FD`). Linux 6.9.
  public static let token = MapCreateFlags(rawValue: 1 << 16)
  /// A fault in an arena without a page is SIGSEGV, not a new page (`BPF_F_SEGV_ON_FAULT`). Linux 6.9.
  public static let segvOnFault = MapCreateFlags(rawValue: 1 << 17)
  /// Pointers in an arena are stored as programs see them (`BPF_F_NO_USER_CONV`). Linux 6.9.
  public static let noUserConversion = MapCreateFlags(rawValue: 1 << 18)
  /// A ring buffer that is full gives up its oldest records (`BPF_F_RB_OVERWRITE`). Linux 6.19.
  public static let ringBufferOverwrite = MapCreateFlags(rawValue: 1 << 19)

  /// Every flag with the kernel's name for it, by bit.
  public static let named: [(name: String, flag: MapCreateFlags)] = [
    ("BPF_F_NO_PREALLOC", .noPrealloc), ("BPF_F_NO_COMMON_LRU", .noCommonLRU), ("BPF_F_NUMA_NODE", .numaNode),
    ("BPF_F_RDONLY", .readOnly), ("BPF_F_WRONLY", .writeOnly), ("BPF_F_STACK_BUILD_ID", .stackBuildID),
    ("BPF_F_ZERO_SEED", .zeroSeed), ("BPF_F_RDONLY_PROG", .readOnlyProgram),
    ("BPF_F_WRONLY_PROG", .writeOnlyProgram), ("BPF_F_CLONE", .clone), ("BPF_F_MMAPABLE", .mmapable),
    ("BPF_F_PRESERVE_ELEMS", .preserveElements), ("BPF_F_INNER_MAP", .innerMap), ("BPF_F_LINK", .link),
    ("BPF_F_PATH_FD", .pathDescriptor), ("BPF_F_VTYPE_BTF_OBJ_FD", .valueTypeBTF), ("BPF_F_TOKEN_FD", .token),
    ("BPF_F_SEGV_ON_FAULT", .segvOnFault), ("BPF_F_NO_USER_CONV", .noUserConversion),
    ("BPF_F_RB_OVERWRITE", .ringBufferOverwrite),
  ]

  /// The kernel's names joined by `|`, and what has no name in hexadecimal; `0` for none.
  public var description: String {
    var names: [String] = []
    var unnamed = self
    for (name, flag) in MapCreateFlags.named where contains(flag) {
      names.append(name)
      unnamed.remove(flag)
    }
    if !unnamed.isEmpty { names.append("0x" + String(unnamed.rawValue, radix: 16)) }
    return names.isEmpty ? "0" : names.joined(separator: "|")
  }
}
