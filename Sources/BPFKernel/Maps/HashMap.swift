//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import CBPFKernel

/// A hash map: one value for each key (`BPF_MAP_TYPE_HASH`, Linux 3.19).
///
/// ```swift
/// let hits = HashMap<UInt32, UInt64>(maxEntries: 1024)
///
/// @section("xdp") func count(_ context: XDPContext) -> XDPAction {
///   hits.withValue(of: context.interfaceIndex, default: 0) { $0.atomicAdd(1) }
///   return .pass
/// }
/// ```
public struct HashMap<Key: BitwiseCopyable, Value: BitwiseCopyable>: ~Copyable, KeyedMap, DeletingMap,
  @unchecked Sendable
{
  private let descriptor: MapDescriptor

  /// Declares a map of at most the given number of elements, allocated in advance unless the flags say otherwise.
  @inline(__always)
  public init(maxEntries: UInt32, flags: MapCreateFlags = .none, pinning: Pinning = .none) {
    descriptor = MapDescriptor(
      type: BPF_MAP_TYPE_HASH.rawValue, keySize: MemoryLayout<Key>.stride,
      valueSize: MemoryLayout<Value>.stride,
      maxEntries: maxEntries, flags: flags,
      pinning: pinning)
  }

  /// The map as helpers take it.
  @inline(__always)
  @unsafe public var _map: UnsafeMutableRawPointer { unsafe descriptor.address }
}

/// A hash map that is never full: it evicts the least recently used elements to insert new ones
/// (`BPF_MAP_TYPE_LRU_HASH`, Linux 4.10).
public struct LRUHashMap<Key: BitwiseCopyable, Value: BitwiseCopyable>: ~Copyable, KeyedMap, DeletingMap,
  @unchecked Sendable
{
  private let descriptor: MapDescriptor

  /// Declares a map of at most the given number of elements.
  @inline(__always)
  public init(maxEntries: UInt32, flags: MapCreateFlags = .none, pinning: Pinning = .none) {
    descriptor = MapDescriptor(
      type: BPF_MAP_TYPE_LRU_HASH.rawValue, keySize: MemoryLayout<Key>.stride,
      valueSize: MemoryLayout<Value>.stride,
      maxEntries: maxEntries, flags: flags,
      pinning: pinning)
  }

  /// The map as helpers take it.
  @inline(__always)
  @unsafe public var _map: UnsafeMutableRawPointer { unsafe descriptor.address }
}

/// A hash map with a value for each key and each CPU (`BPF_MAP_TYPE_PERCPU_HASH`, Linux 4.6).
///
/// A program uses the value of the CPU that it runs on, so it needs no atomic operations.
public struct PerCPUHashMap<Key: BitwiseCopyable, Value: BitwiseCopyable>: ~Copyable, KeyedMap, DeletingMap,
  @unchecked Sendable
{
  private let descriptor: MapDescriptor

  /// Declares a map of at most the given number of elements.
  @inline(__always)
  public init(maxEntries: UInt32, flags: MapCreateFlags = .none, pinning: Pinning = .none) {
    descriptor = MapDescriptor(
      type: BPF_MAP_TYPE_PERCPU_HASH.rawValue, keySize: MemoryLayout<Key>.stride,
      valueSize: MemoryLayout<Value>.stride,
      maxEntries: maxEntries, flags: flags,
      pinning: pinning)
  }

  /// The map as helpers take it.
  @inline(__always)
  @unsafe public var _map: UnsafeMutableRawPointer { unsafe descriptor.address }
}

/// A ``PerCPUHashMap`` that evicts the least recently used elements (`BPF_MAP_TYPE_LRU_PERCPU_HASH`, Linux 4.10).
public struct LRUPerCPUHashMap<Key: BitwiseCopyable, Value: BitwiseCopyable>: ~Copyable, KeyedMap,
  DeletingMap,
  @unchecked Sendable
{
  private let descriptor: MapDescriptor

  /// Declares a map of at most the given number of elements.
  @inline(__always)
  public init(maxEntries: UInt32, flags: MapCreateFlags = .none, pinning: Pinning = .none) {
    descriptor = MapDescriptor(
      type: BPF_MAP_TYPE_LRU_PERCPU_HASH.rawValue, keySize: MemoryLayout<Key>.stride,
      valueSize: MemoryLayout<Value>.stride,
      maxEntries: maxEntries, flags: flags,
      pinning: pinning)
  }

  /// The map as helpers take it.
  @inline(__always)
  @unsafe public var _map: UnsafeMutableRawPointer { unsafe descriptor.address }
}
