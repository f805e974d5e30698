//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import CBPFKernel

/// A set that may claim to contain values that it does not (`BPF_MAP_TYPE_BLOOM_FILTER`, Linux 5.16).
public struct BloomFilter<Value: BitwiseCopyable>: ~Copyable, BPFMap, @unchecked Sendable {
  private let descriptor: MapDescriptor

  /// Declares a filter for about the given number of values. More hashes, up to 15, give fewer wrong answers.
  @inline(__always)
  public init(maxEntries: UInt32, hashes: UInt64 = 0, flags: MapCreateFlags = .none, pinning: Pinning = .none)
  {
    descriptor = MapDescriptor(
      type: BPF_MAP_TYPE_BLOOM_FILTER.rawValue, keySize: 0, valueSize: MemoryLayout<Value>.stride,
      maxEntries: maxEntries, flags: flags,
      pinning: pinning, extra: hashes)
  }

  /// The map as helpers take it.
  @inline(__always)
  @unsafe public var _map: UnsafeMutableRawPointer { unsafe descriptor.address }

  /// Inserts a value (`bpf_map_push_elem`).
  @inline(__always) @discardableResult
  public func insert(_ value: Value) -> Bool {
    unsafe withZeroedCopy(of: value) { value in
      unsafe bpf_map_push_elem(_map, value, MapFlags.any.rawValue) == 0
    }
  }

  /// Returns whether a value may have been inserted; false is certain (`bpf_map_peek_elem`).
  @inline(__always)
  public func mayContain(_ value: Value) -> Bool {
    unsafe withZeroedCopy(of: value) { value in unsafe bpf_map_peek_elem(_map, value) == 0 }
  }
}
