//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import CBPFKernel

/// A map of targets to which XDP programs redirect packets. The types that conform are those of this module.
public protocol RedirectMap: BPFMap, ~Copyable {}

extension RedirectMap where Self: ~Copyable {
  /// Selects the target at a key as the packet's destination, and returns the action that sends it there: the program's result
  /// (`bpf_redirect_map`, Linux 4.14). Returns another action if there is no target (Linux 5.3; before, `aborted`).
  @inline(__always)
  public func redirect(to key: UInt32, orElse action: XDPAction = .aborted) -> XDPAction {
    let flags = UInt64(UInt32(bitPattern: action.rawValue))
    return XDPAction(rawValue: Int32(truncatingIfNeeded: unsafe bpf_redirect_map(_map, UInt64(key), flags)))
  }
}

/// Network devices by index (`BPF_MAP_TYPE_DEVMAP`, Linux 4.14).
public struct DevMap: ~Copyable, RedirectMap, @unchecked Sendable {
  private let descriptor: MapDescriptor

  /// Declares a map of at most the given number of elements.
  @inline(__always)
  public init(maxEntries: UInt32, flags: MapCreateFlags = .none, pinning: Pinning = .none) {
    descriptor = MapDescriptor(
      type: BPF_MAP_TYPE_DEVMAP.rawValue, keySize: 4, valueSize: 4, maxEntries: maxEntries, flags: flags,
      pinning: pinning)
  }

  /// The map as helpers take it.
  @inline(__always)
  @unsafe public var _map: UnsafeMutableRawPointer { unsafe descriptor.address }
}

/// Network devices by key (`BPF_MAP_TYPE_DEVMAP_HASH`, Linux 5.4).
public struct DevMapHash: ~Copyable, RedirectMap, @unchecked Sendable {
  private let descriptor: MapDescriptor

  /// Declares a map of at most the given number of elements.
  @inline(__always)
  public init(maxEntries: UInt32, flags: MapCreateFlags = .none, pinning: Pinning = .none) {
    descriptor = MapDescriptor(
      type: BPF_MAP_TYPE_DEVMAP_HASH.rawValue, keySize: 4, valueSize: 4, maxEntries: maxEntries, flags: flags,
      pinning: pinning)
  }

  /// The map as helpers take it.
  @inline(__always)
  @unsafe public var _map: UnsafeMutableRawPointer { unsafe descriptor.address }
}

/// CPUs that continue with packets (`BPF_MAP_TYPE_CPUMAP`, Linux 4.15).
public struct CPUMap: ~Copyable, RedirectMap, @unchecked Sendable {
  private let descriptor: MapDescriptor

  /// Declares a map of at most the given number of elements.
  @inline(__always)
  public init(maxEntries: UInt32, flags: MapCreateFlags = .none, pinning: Pinning = .none) {
    descriptor = MapDescriptor(
      type: BPF_MAP_TYPE_CPUMAP.rawValue, keySize: 4, valueSize: 4, maxEntries: maxEntries, flags: flags,
      pinning: pinning)
  }

  /// The map as helpers take it.
  @inline(__always)
  @unsafe public var _map: UnsafeMutableRawPointer { unsafe descriptor.address }
}

/// AF_XDP sockets by index (`BPF_MAP_TYPE_XSKMAP`, Linux 4.18).
public struct XSKMap: ~Copyable, RedirectMap, @unchecked Sendable {
  private let descriptor: MapDescriptor

  /// Declares a map of at most the given number of elements.
  @inline(__always)
  public init(maxEntries: UInt32, flags: MapCreateFlags = .none, pinning: Pinning = .none) {
    descriptor = MapDescriptor(
      type: BPF_MAP_TYPE_XSKMAP.rawValue, keySize: 4, valueSize: 4, maxEntries: maxEntries, flags: flags,
      pinning: pinning)
  }

  /// The map as helpers take it.
  @inline(__always)
  @unsafe public var _map: UnsafeMutableRawPointer { unsafe descriptor.address }
}
