//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import CBPFKernel

/// An array: a value for each index, all zero at first (`BPF_MAP_TYPE_ARRAY`, Linux 3.19).
public struct ArrayMap<Value: BitwiseCopyable>: ~Copyable, KeyedMap, @unchecked Sendable {
  /// Keys are indices.
  public typealias Key = UInt32

  private let descriptor: MapDescriptor

  /// Declares an array of the given number of values.
  @inline(__always)
  public init(maxEntries: UInt32, flags: MapCreateFlags = .none, pinning: Pinning = .none) {
    descriptor = MapDescriptor(
      type: BPF_MAP_TYPE_ARRAY.rawValue, keySize: 4, valueSize: MemoryLayout<Value>.stride,
      maxEntries: maxEntries, flags: flags,
      pinning: pinning)
  }

  /// The map as helpers take it.
  @inline(__always)
  @unsafe public var _map: UnsafeMutableRawPointer { unsafe descriptor.address }
}

/// An array with a value for each index and each CPU, all zero at first (`BPF_MAP_TYPE_PERCPU_ARRAY`, Linux 4.6).
///
/// A program uses the value of the CPU that it runs on, so it needs no atomic operations.
public struct PerCPUArrayMap<Value: BitwiseCopyable>: ~Copyable, KeyedMap, @unchecked Sendable {
  /// Keys are indices.
  public typealias Key = UInt32

  private let descriptor: MapDescriptor

  /// Declares an array of the given number of values.
  @inline(__always)
  public init(maxEntries: UInt32, flags: MapCreateFlags = .none, pinning: Pinning = .none) {
    descriptor = MapDescriptor(
      type: BPF_MAP_TYPE_PERCPU_ARRAY.rawValue, keySize: 4, valueSize: MemoryLayout<Value>.stride,
      maxEntries: maxEntries, flags: flags,
      pinning: pinning)
  }

  /// The map as helpers take it.
  @inline(__always)
  @unsafe public var _map: UnsafeMutableRawPointer { unsafe descriptor.address }
}
