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
  /// Like `hash`, in a table that grows and shrinks with its elements. Linux 7.2.
  public static let rhash = MapType(rawValue: 35)

  /// All types that this library knows, by number.
  public static let allKnown = MapTypeFacts.table.map(\.type).sorted { $0.rawValue < $1.rawValue }

  /// Whether the library knows this type.
  public var isKnown: Bool { facts.isKnown }

  /// The kernel's name in lower case, such as `percpu_hash`; `type 77` for an unknown type.
  public var kernelName: String { isKnown ? facts.name : "type \(rawValue)" }

  /// The kernel's name.
  public var description: String { kernelName }

  /// The kernel's name with its indefinite article, for messages: `a hash`, `an lpm_trie`.
  var withArticle: String {
    let begins = ["a", "i", "lpm", "lru", "rhash", "xsk"]
    return (begins.contains { kernelName.hasPrefix($0) } ? "an " : "a ") + kernelName
  }

  /// Whether an element has a value for each possible CPU.
  public var isPerCPU: Bool { facts.isPerCPU }

  /// Whether elements have no keys, so that operations take an empty key.
  public var isKeyless: Bool { facts.keys == .none }

  /// The first Linux release that has the type, such as `5.8`; nil for an unknown type.
  public var minimumKernelVersion: String? { isKnown ? facts.since : nil }
}
