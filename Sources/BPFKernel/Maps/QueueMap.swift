//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import CBPFKernel

/// A map of values without keys. The types that conform are those of this module.
public protocol OrderedMap: BPFMap, ~Copyable {
  /// The type of values.
  associatedtype Value: BitwiseCopyable
}

extension OrderedMap where Self: ~Copyable {
  /// Adds a value (`bpf_map_push_elem`, Linux 4.20). Returns whether it did: without `droppingOldest`, the map can be
  /// full.
  @inline(__always) @discardableResult
  public func push(_ value: Value, droppingOldest: Bool = false) -> Bool {
    unsafe withZeroedCopy(of: value) { value in
      unsafe bpf_map_push_elem(_map, value, (droppingOldest ? MapFlags.exist : .any).rawValue) == 0
    }
  }

  /// Removes the next value and returns it; nil if the map is empty (`bpf_map_pop_elem`, Linux 4.20).
  @inline(__always)
  public func pop() -> Value? {
    unsafe withMemory(of: Value.self) { value in
      unsafe bpf_map_pop_elem(_map, value) == 0 ? value.pointee : nil
    }
  }

  /// Returns the next value without removing it; nil if the map is empty (`bpf_map_peek_elem`, Linux 4.20).
  @inline(__always)
  public func peek() -> Value? {
    unsafe withMemory(of: Value.self) { value in
      unsafe bpf_map_peek_elem(_map, value) == 0 ? value.pointee : nil
    }
  }
}

/// A queue: values in the order in which they were pushed (`BPF_MAP_TYPE_QUEUE`, Linux 4.20).
public struct QueueMap<Value: BitwiseCopyable>: ~Copyable, OrderedMap, @unchecked Sendable {
  private let descriptor: MapDescriptor

  /// Declares a map of at most the given number of elements.
  @inline(__always)
  public init(maxEntries: UInt32, flags: MapCreateFlags = .none, pinning: Pinning = .none) {
    descriptor = MapDescriptor(
      type: BPF_MAP_TYPE_QUEUE.rawValue, keySize: 0, valueSize: MemoryLayout<Value>.stride,
      maxEntries: maxEntries, flags: flags,
      pinning: pinning)
  }

  /// The map as helpers take it.
  @inline(__always)
  @unsafe public var _map: UnsafeMutableRawPointer { unsafe descriptor.address }
}

/// A stack: the value that was pushed last comes first (`BPF_MAP_TYPE_STACK`, Linux 4.20).
public struct StackMap<Value: BitwiseCopyable>: ~Copyable, OrderedMap, @unchecked Sendable {
  private let descriptor: MapDescriptor

  /// Declares a map of at most the given number of elements.
  @inline(__always)
  public init(maxEntries: UInt32, flags: MapCreateFlags = .none, pinning: Pinning = .none) {
    descriptor = MapDescriptor(
      type: BPF_MAP_TYPE_STACK.rawValue, keySize: 0, valueSize: MemoryLayout<Value>.stride,
      maxEntries: maxEntries, flags: flags,
      pinning: pinning)
  }

  /// The map as helpers take it.
  @inline(__always)
  @unsafe public var _map: UnsafeMutableRawPointer { unsafe descriptor.address }
}
