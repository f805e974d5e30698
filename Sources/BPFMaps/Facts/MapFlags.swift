//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// The flags of a look-up or an update of one element.
public struct MapFlags: OptionSet, Hashable, Sendable {
  /// The kernel's bits.
  public let rawValue: UInt64

  /// Creates flags from the kernel's bits.
  public init(rawValue: UInt64) { self.rawValue = rawValue }

  /// Update only if the key is not in the map (`BPF_NOEXIST`).
  public static let noExist = MapFlags(rawValue: 1)
  /// Update only if the key is in the map (`BPF_EXIST`); for queues and stacks, drop the oldest element if full.
  public static let exist = MapFlags(rawValue: 2)
  /// Hold the spin lock in the value during the copy (`BPF_F_LOCK`). Linux 5.1.
  public static let lock = MapFlags(rawValue: 4)
  /// Write one value for all CPUs of a per-CPU map (`BPF_F_ALL_CPUS`). Linux 7.0.
  public static let allCPUs = MapFlags(rawValue: 16)

  /// Read or write the value of one CPU of a per-CPU map, instead of those of all CPUs (`BPF_F_CPU`). Linux 7.0.
  ///
  /// Flags with different CPUs cannot be combined.
  ///
  /// - Parameter id: the number of a possible CPU. The kernel rejects numbers of other CPUs.
  public static func cpu(_ id: Int) -> MapFlags {
    MapFlags(rawValue: oneCPU.rawValue | UInt64(UInt32(exactly: id) ?? .max) << 32)
  }

  /// The flag without a CPU.
  private static let oneCPU = MapFlags(rawValue: 8)

  /// The CPU that ``cpu(_:)`` selects; nil without this flag.
  var selectedCPU: UInt32? {
    contains(.oneCPU) ? UInt32(truncatingIfNeeded: rawValue >> 32) : nil
  }

  /// Whether an element of a per-CPU map has one value for the kernel instead of one for each CPU.
  var hasOneValue: Bool { !isDisjoint(with: [.oneCPU, .allCPUs]) }

  /// The flags that do not select CPUs.
  var withoutCPUs: MapFlags {
    guard hasOneValue else { return self }
    return MapFlags(rawValue: rawValue & 0xffff_ffff).subtracting([.oneCPU, .allCPUs])
  }
}

/// The flags of a new map (`BPF_F_*`).
///
/// They are unrelated to ``MapFlags``, the flags of an element.
public struct MapCreateFlags: OptionSet, Hashable, Sendable, CustomStringConvertible {
  /// The kernel's bits.
  public let rawValue: UInt32

  /// Creates flags from the kernel's bits.
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// Allocate elements on insertion, not in advance (`BPF_F_NO_PREALLOC`). Linux 4.6.
  ///
  /// Required for some types, such as LPM tries and local storage.
  public static let noPrealloc = MapCreateFlags(rawValue: 1 << 0)
  /// Keep an LRU list for each CPU (`BPF_F_NO_COMMON_LRU`). Linux 4.10.
  public static let noCommonLRU = MapCreateFlags(rawValue: 1 << 1)
  /// Allocate on a NUMA node (`BPF_F_NUMA_NODE`); set by ``MapOptions/numaNode``. Linux 4.14.
  public static let numaNode = MapCreateFlags(rawValue: 1 << 2)
  /// Open the new map read-only (`BPF_F_RDONLY`). Linux 4.15.
  public static let readOnly = MapCreateFlags(rawValue: 1 << 3)
  /// Open the new map write-only (`BPF_F_WRONLY`). Linux 4.15.
  public static let writeOnly = MapCreateFlags(rawValue: 1 << 4)
  /// Store stack traces as build ids and offsets (`BPF_F_STACK_BUILD_ID`). Linux 4.17.
  public static let stackBuildID = MapCreateFlags(rawValue: 1 << 5)
  /// Use a zero hash seed, for tests (`BPF_F_ZERO_SEED`). Linux 5.0.
  public static let zeroSeed = MapCreateFlags(rawValue: 1 << 6)
  /// Restrict programs to reads (`BPF_F_RDONLY_PROG`). Linux 5.2.
  public static let readOnlyProgram = MapCreateFlags(rawValue: 1 << 7)
  /// Restrict programs to writes (`BPF_F_WRONLY_PROG`). Linux 5.2.
  public static let writeOnlyProgram = MapCreateFlags(rawValue: 1 << 8)
  /// Copy socket storage to accepted sockets (`BPF_F_CLONE`). Linux 5.4.
  public static let clone = MapCreateFlags(rawValue: 1 << 9)
  /// Allow user space to map the values into memory (`BPF_F_MMAPABLE`). Linux 5.5.
  public static let mmapable = MapCreateFlags(rawValue: 1 << 10)
  /// Keep perf events when the descriptor that set them closes (`BPF_F_PRESERVE_ELEMS`). Linux 5.10.
  public static let preserveElements = MapCreateFlags(rawValue: 1 << 11)
  /// Allow the array to be an inner map with another number of elements than the template (`BPF_F_INNER_MAP`).
  /// Linux 5.10.
  public static let innerMap = MapCreateFlags(rawValue: 1 << 12)
  /// Attach the struct_ops by a link (`BPF_F_LINK`). Linux 6.4.
  public static let link = MapCreateFlags(rawValue: 1 << 13)
  /// Resolve a path relative to a directory descriptor (`BPF_F_PATH_FD`). Linux 6.5.
  public static let pathDescriptor = MapCreateFlags(rawValue: 1 << 14)
  /// Take the value type from the BTF of ``MapOptions/valueTypeBTF``, which sets this flag (`BPF_F_VTYPE_BTF_OBJ_FD`).
  /// Linux 6.9.
  public static let valueTypeBTF = MapCreateFlags(rawValue: 1 << 15)
  /// Take privileges from ``MapOptions/token``, which sets this flag (`BPF_F_TOKEN_FD`). Linux 6.9.
  public static let token = MapCreateFlags(rawValue: 1 << 16)
  /// Send SIGSEGV on a fault at a missing arena page, instead of allocating it (`BPF_F_SEGV_ON_FAULT`). Linux 6.9.
  public static let segvOnFault = MapCreateFlags(rawValue: 1 << 17)
  /// Store arena pointers as programs see them, without conversion (`BPF_F_NO_USER_CONV`). Linux 6.9.
  public static let noUserConversion = MapCreateFlags(rawValue: 1 << 18)
  /// Overwrite the oldest records when the ring buffer is full (`BPF_F_RB_OVERWRITE`). Linux 6.19.
  public static let ringBufferOverwrite = MapCreateFlags(rawValue: 1 << 19)

  /// All known flags with the kernel's names, ordered by bit.
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

  /// The kernel's names joined by `|`, with unnamed bits in hexadecimal; `0` for none.
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
