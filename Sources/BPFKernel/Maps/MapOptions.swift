//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import CBPFKernel

/// The flags of a new map (`BPF_F_*`): `.noPrealloc | .readOnlyProgram`.
///
/// In kernel code, flags are no `OptionSet` as they are in user space: its literals are arrays, which need memory that kernel
/// code cannot allocate.
public struct MapCreateFlags: Equatable, Sendable {
  /// The bits of `map_flags`.
  public let rawValue: UInt32

  /// Creates flags from the bits of `map_flags`.
  @inline(__always)
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  @inline(__always)
  private init(_ flag: Int) { rawValue = UInt32(truncatingIfNeeded: flag) }

  /// Returns the flags of both.
  @inline(__always)
  public static func | (a: MapCreateFlags, b: MapCreateFlags) -> MapCreateFlags {
    MapCreateFlags(rawValue: a.rawValue | b.rawValue)
  }

  /// No flags.
  @inline(__always) public static var none: MapCreateFlags { MapCreateFlags(rawValue: 0) }

  /// Allocates elements when they are inserted (`BPF_F_NO_PREALLOC`, Linux 4.6).
  @inline(__always) public static var noPrealloc: MapCreateFlags { MapCreateFlags(BPF_F_NO_PREALLOC) }
  /// Gives each CPU an LRU list of its own (`BPF_F_NO_COMMON_LRU`, Linux 4.10).
  @inline(__always) public static var noCommonLRU: MapCreateFlags { MapCreateFlags(BPF_F_NO_COMMON_LRU) }
  /// Forbids writes by programs (`BPF_F_RDONLY_PROG`, Linux 5.2).
  @inline(__always) public static var readOnlyProgram: MapCreateFlags { MapCreateFlags(BPF_F_RDONLY_PROG) }
  /// Forbids reads by programs (`BPF_F_WRONLY_PROG`, Linux 5.2).
  @inline(__always) public static var writeOnlyProgram: MapCreateFlags { MapCreateFlags(BPF_F_WRONLY_PROG) }
  /// Lets user space map an array into its memory (`BPF_F_MMAPABLE`, Linux 5.5).
  @inline(__always) public static var mmapable: MapCreateFlags { MapCreateFlags(BPF_F_MMAPABLE) }
  /// Lets arrays of different lengths be inner maps (`BPF_F_INNER_MAP`, Linux 5.10).
  @inline(__always) public static var innerMap: MapCreateFlags { MapCreateFlags(BPF_F_INNER_MAP) }
}

/// Whether the loader pins a map, so that several objects share it.
public struct Pinning: Sendable {
  @usableFromInline let rawValue: UInt32

  /// Each object that is loaded has its own map.
  @inline(__always) public static var none: Pinning { Pinning(rawValue: 0) }
  /// Objects that are loaded with the same pin path share the map (`LIBBPF_PIN_BY_NAME`).
  @inline(__always) public static var byName: Pinning { Pinning(rawValue: 1) }
}

/// The flags of an update of one element.
public struct MapFlags: Equatable, Sendable {
  /// The kernel's bits.
  public let rawValue: UInt64

  /// Creates flags from the kernel's bits.
  @inline(__always)
  public init(rawValue: UInt64) { self.rawValue = rawValue }

  @inline(__always)
  private init(_ flag: Int) { rawValue = UInt64(truncatingIfNeeded: flag) }

  /// Returns the flags of both.
  @inline(__always)
  public static func | (a: MapFlags, b: MapFlags) -> MapFlags { MapFlags(rawValue: a.rawValue | b.rawValue) }

  /// Insert the element or replace its value (`BPF_ANY`).
  @inline(__always) public static var any: MapFlags { MapFlags(BPF_ANY) }
  /// Update only if the key is not in the map (`BPF_NOEXIST`).
  @inline(__always) public static var noExist: MapFlags { MapFlags(BPF_NOEXIST) }
  /// Update only if the key is in the map (`BPF_EXIST`).
  @inline(__always) public static var exist: MapFlags { MapFlags(BPF_EXIST) }
  /// Hold the spin lock in the value during the copy (`BPF_F_LOCK`, Linux 5.1).
  @inline(__always) public static var lock: MapFlags { MapFlags(BPF_F_LOCK) }
}
