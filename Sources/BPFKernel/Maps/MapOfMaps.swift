//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import CBPFKernel

/// Maps by index (`BPF_MAP_TYPE_ARRAY_OF_MAPS`, Linux 4.12).
public struct ArrayOfMaps<Inner: BPFMap & ~Copyable>: ~Copyable, BPFMap, @unchecked Sendable {
  /// Keys are indices.
  public typealias Key = UInt32

  private let descriptor: MapDescriptor
  private let inner: Inner

  /// Declares an array of the given number of maps, all like the inner one.
  @inline(__always)
  public init(maxEntries: UInt32, inner: consuming Inner, pinning: Pinning = .none) {
    descriptor = MapDescriptor(
      type: BPF_MAP_TYPE_ARRAY_OF_MAPS.rawValue, keySize: 4, valueSize: 4, maxEntries: maxEntries,
      pinning: pinning, hasInnerMap: true)
    self.inner = inner
  }

  /// The map as helpers take it.
  @inline(__always)
  @unsafe public var _map: UnsafeMutableRawPointer { unsafe descriptor.address }

  /// Calls a closure with the inner map of a key; returns nil if there is none (`bpf_map_lookup_elem`, Linux 4.12).
  @inline(__always)
  public func withMap<R>(of key: Key, _ body: (borrowing Inner) -> R) -> R? {
    unsafe withZeroedCopy(of: key) { key in
      guard let map = unsafe bpf_map_lookup_elem(_map, key)?.assumingMemoryBound(to: Inner.self) else {
        return nil
      }
      return unsafe body(map.pointee)
    }
  }
}

/// Maps by key (`BPF_MAP_TYPE_HASH_OF_MAPS`, Linux 4.12).
public struct HashOfMaps<Key: BitwiseCopyable, Inner: BPFMap & ~Copyable>: ~Copyable, BPFMap,
  @unchecked Sendable
{
  private let descriptor: MapDescriptor
  private let inner: Inner

  /// Declares a map of at most the given number of maps, all like the inner one.
  @inline(__always)
  public init(
    maxEntries: UInt32, inner: consuming Inner, flags: MapCreateFlags = .none, pinning: Pinning = .none
  ) {
    descriptor = MapDescriptor(
      type: BPF_MAP_TYPE_HASH_OF_MAPS.rawValue, keySize: MemoryLayout<Key>.stride, valueSize: 4,
      maxEntries: maxEntries, flags: flags,
      pinning: pinning, hasInnerMap: true)
    self.inner = inner
  }

  /// The map as helpers take it.
  @inline(__always)
  @unsafe public var _map: UnsafeMutableRawPointer { unsafe descriptor.address }

  /// Calls a closure with the inner map of a key; returns nil if there is none (`bpf_map_lookup_elem`, Linux 4.12).
  @inline(__always)
  public func withMap<R>(of key: Key, _ body: (borrowing Inner) -> R) -> R? {
    unsafe withZeroedCopy(of: key) { key in
      guard let map = unsafe bpf_map_lookup_elem(_map, key)?.assumingMemoryBound(to: Inner.self) else {
        return nil
      }
      return unsafe body(map.pointee)
    }
  }
}
