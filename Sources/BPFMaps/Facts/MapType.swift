//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// The type of a map, which determines its keys, its values and its operations.
///
/// A type that this library does not know keeps its number, so that maps of newer kernels can be listed.
public struct MapType: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
  /// The kernel's number, from `enum bpf_map_type`.
  public let rawValue: UInt32

  /// Creates a type from the kernel's number.
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// Creates a type from the kernel's name, such as `percpu_hash`; nil if there is no such type.
  public init?(kernelName: String) {
    guard let type = MapType.allKnown.first(where: { $0.kernelName == kernelName }) else { return nil }
    self = type
  }

  /// Any key, any value. Linux 3.19.
  public static let hash = MapType(rawValue: 1)
  /// Values by index; all elements exist from the start, initially zero. Linux 3.19.
  public static let array = MapType(rawValue: 2)
  /// Programs by index, for tail calls. Linux 4.2.
  public static let programArray = MapType(rawValue: 3)
  /// Perf events by index, to which programs write. Linux 4.3.
  public static let perfEventArray = MapType(rawValue: 4)
  /// Like `hash`, with a value for each CPU. Linux 4.6.
  public static let perCPUHash = MapType(rawValue: 5)
  /// Like `array`, with a value for each CPU. Linux 4.6.
  public static let perCPUArray = MapType(rawValue: 6)
  /// Call stacks by stack id. Linux 4.6.
  public static let stackTrace = MapType(rawValue: 7)
  /// Control groups by index. Linux 4.8.
  public static let cgroupArray = MapType(rawValue: 8)
  /// Like `hash`, but evicts the least recently used elements when full. Linux 4.10.
  public static let lruHash = MapType(rawValue: 9)
  /// Like `lruHash`, with a value for each CPU. Linux 4.10.
  public static let lruPerCPUHash = MapType(rawValue: 10)
  /// Values by prefix; a look-up finds the longest matching prefix. Linux 4.11.
  public static let lpmTrie = MapType(rawValue: 11)
  /// Maps by index. Linux 4.12.
  public static let arrayOfMaps = MapType(rawValue: 12)
  /// Maps by any key. Linux 4.12.
  public static let hashOfMaps = MapType(rawValue: 13)
  /// Network devices by index, for XDP redirection. Linux 4.14.
  public static let devMap = MapType(rawValue: 14)
  /// Sockets by index. Linux 4.14.
  public static let sockMap = MapType(rawValue: 15)
  /// CPUs by index, for XDP redirection. Linux 4.15.
  public static let cpuMap = MapType(rawValue: 16)
  /// AF_XDP sockets by index. Linux 4.18.
  public static let xskMap = MapType(rawValue: 17)
  /// Sockets by any key. Linux 4.18.
  public static let sockHash = MapType(rawValue: 18)
  /// A value for each attachment to a control group; superseded by `cgrpStorage`. Linux 4.19.
  public static let cgroupStorage = MapType(rawValue: 19)
  /// Listening sockets by index, for SO_REUSEPORT groups. Linux 4.19.
  public static let reuseportSockArray = MapType(rawValue: 20)
  /// Like `cgroupStorage`, with a value for each CPU. Linux 4.20.
  public static let perCPUCgroupStorage = MapType(rawValue: 21)
  /// Values, first in first out, without keys. Linux 4.20.
  public static let queue = MapType(rawValue: 22)
  /// Values, last in first out, without keys. Linux 4.20.
  public static let stack = MapType(rawValue: 23)
  /// A value for each socket. Linux 5.2.
  public static let skStorage = MapType(rawValue: 24)
  /// Network devices by any index. Linux 5.4.
  public static let devMapHash = MapType(rawValue: 25)
  /// The operations of a kernel interface, implemented by programs. Linux 5.6.
  public static let structOps = MapType(rawValue: 26)
  /// Records from programs to user space. Linux 5.8.
  public static let ringBuf = MapType(rawValue: 27)
  /// A value for each inode. Linux 5.10.
  public static let inodeStorage = MapType(rawValue: 28)
  /// A value for each task. Linux 5.11.
  public static let taskStorage = MapType(rawValue: 29)
  /// A set that may report false positives, but no false negatives. Linux 5.16.
  public static let bloomFilter = MapType(rawValue: 30)
  /// Records from user space to programs. Linux 6.1.
  public static let userRingBuf = MapType(rawValue: 31)
  /// A value for each control group. Linux 6.2.
  public static let cgrpStorage = MapType(rawValue: 32)
  /// Memory shared by programs and user space. Linux 6.9.
  public static let arena = MapType(rawValue: 33)
  /// Instruction offsets in a program, for indirect jumps. Linux 6.19.
  public static let insnArray = MapType(rawValue: 34)

  /// All types that this library knows, by number.
  public static let allKnown: [MapType] = (1...34).map(MapType.init(rawValue:))

  /// Whether the library knows this type.
  public var isKnown: Bool { facts != nil }

  /// The kernel's name in lower case, such as `percpu_hash`; `type 77` for an unknown type.
  public var kernelName: String { facts?.name ?? "type \(rawValue)" }

  /// The kernel's name.
  public var description: String { kernelName }

  /// The kernel's name with its indefinite article, for messages: `a hash`, `an lpm_trie`.
  var withArticle: String {
    let begins = ["a", "i", "lpm", "lru", "xsk"]
    return (begins.contains { kernelName.hasPrefix($0) } ? "an " : "a ") + kernelName
  }

  /// Whether an element has a value for each possible CPU.
  public var isPerCPU: Bool { facts?.traits.contains(.perCPU) ?? false }

  /// Whether elements have no keys, so that operations take an empty key.
  public var isKeyless: Bool { facts?.traits.contains(.keyless) ?? false }

  /// The first Linux release that has the type, such as `5.8`; nil for an unknown type.
  public var minimumKernelVersion: String? { facts?.since }
}

// MARK: - Properties of each type

extension MapType {
  /// The properties by which the library distinguishes types.
  struct Traits: OptionSet {
    let rawValue: UInt16
    /// A value for each possible CPU.
    static let perCPU = Traits(rawValue: 1 << 0)
    /// No keys.
    static let keyless = Traits(rawValue: 1 << 1)
    /// Keys are indices below max_entries.
    static let indexed = Traits(rawValue: 1 << 2)
    /// Local storage: keyed by a descriptor, described by BTF, sized by the kernel.
    static let storage = Traits(rawValue: 1 << 3)
    /// Holds maps, and needs an inner map as a template.
    static let holdsMaps = Traits(rawValue: 1 << 4)
    /// Requires CAP_NET_ADMIN in addition to CAP_BPF.
    static let netAdmin = Traits(rawValue: 1 << 5)
    /// Deleting a missing element, or one beyond the end, fails with EINVAL.
    static let missingDeleteIsInvalid = Traits(rawValue: 1 << 6)
    /// Holds sockets, and shows their cookies if values have 8 bytes.
    static let holdsSockets = Traits(rawValue: 1 << 7)
  }

  var traits: Traits { facts?.traits ?? [] }

  private struct Facts {
    var name: String
    var since: String
    var traits: Traits = []
  }

  private var facts: Facts? {
    guard rawValue < MapType.facts.count else { return nil }
    return MapType.facts[Int(rawValue)]
  }

  /// The properties by type number.
  private static let facts: [Facts?] = [
    nil,
    Facts(name: "hash", since: "3.19"),
    Facts(name: "array", since: "3.19", traits: .indexed),
    Facts(name: "prog_array", since: "4.2", traits: .indexed),
    Facts(name: "perf_event_array", since: "4.3", traits: .indexed),
    Facts(name: "percpu_hash", since: "4.6", traits: .perCPU),
    Facts(name: "percpu_array", since: "4.6", traits: [.perCPU, .indexed]),
    Facts(name: "stack_trace", since: "4.6"),
    Facts(name: "cgroup_array", since: "4.8", traits: .indexed),
    Facts(name: "lru_hash", since: "4.10"),
    Facts(name: "lru_percpu_hash", since: "4.10", traits: .perCPU),
    Facts(name: "lpm_trie", since: "4.11"),
    Facts(name: "array_of_maps", since: "4.12", traits: [.indexed, .holdsMaps]),
    Facts(name: "hash_of_maps", since: "4.12", traits: .holdsMaps),
    Facts(name: "devmap", since: "4.14", traits: [.indexed, .netAdmin, .missingDeleteIsInvalid]),
    Facts(
      name: "sockmap", since: "4.14",
      traits: [.indexed, .netAdmin, .missingDeleteIsInvalid, .holdsSockets]),
    Facts(name: "cpumap", since: "4.15", traits: [.indexed, .missingDeleteIsInvalid]),
    Facts(name: "xskmap", since: "4.18", traits: [.indexed, .netAdmin, .missingDeleteIsInvalid]),
    Facts(name: "sockhash", since: "4.18", traits: [.netAdmin, .holdsSockets]),
    Facts(name: "cgroup_storage", since: "4.19"),
    Facts(name: "reuseport_sockarray", since: "4.19", traits: [.indexed, .holdsSockets]),
    Facts(name: "percpu_cgroup_storage", since: "4.20", traits: .perCPU),
    Facts(name: "queue", since: "4.20", traits: .keyless),
    Facts(name: "stack", since: "4.20", traits: .keyless),
    Facts(name: "sk_storage", since: "5.2", traits: .storage),
    Facts(name: "devmap_hash", since: "5.4", traits: .netAdmin),
    Facts(name: "struct_ops", since: "5.6"),
    Facts(name: "ringbuf", since: "5.8", traits: .keyless),
    Facts(name: "inode_storage", since: "5.10", traits: .storage),
    Facts(name: "task_storage", since: "5.11", traits: .storage),
    Facts(name: "bloom_filter", since: "5.16", traits: .keyless),
    Facts(name: "user_ringbuf", since: "6.1", traits: .keyless),
    Facts(name: "cgrp_storage", since: "6.2", traits: .storage),
    Facts(name: "arena", since: "6.9", traits: .keyless),
    Facts(name: "insn_array", since: "6.19", traits: .indexed),
  ]
}
