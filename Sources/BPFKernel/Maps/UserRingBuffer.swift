//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import CBPFKernel

/// A ring buffer that user space writes and programs read (`BPF_MAP_TYPE_USER_RINGBUF`, Linux 6.1).
public struct UserRingBuffer: ~Copyable, BPFMap, @unchecked Sendable {
  private let descriptor: MapDescriptor

  /// Declares a ring buffer of the given number of bytes: a power of two, and a multiple of the page size.
  @inline(__always)
  public init(bytes: UInt32, pinning: Pinning = .none) {
    descriptor = MapDescriptor(
      type: BPF_MAP_TYPE_USER_RINGBUF.rawValue, keySize: 0, valueSize: 0, maxEntries: bytes, pinning: pinning)
  }

  /// The map as helpers take it.
  @inline(__always)
  @unsafe public var _map: UnsafeMutableRawPointer { unsafe descriptor.address }

  /// A function that reads a record, which ``DynamicMemory`` wraps, with the context of the call. It returns 0 to go on, 1 to
  /// stop. It can capture nothing, and cannot trap.
  public typealias Reader = @convention(c) (UnsafeMutableRawPointer?, UnsafeMutableRawPointer?) -> Int

  /// Calls a function with each record that is in the ring buffer (`bpf_user_ringbuf_drain`). Returns their number; nil if
  /// another CPU drains it.
  @inline(__always) @discardableResult
  @unsafe public func drain(_ context: UnsafeMutableRawPointer? = nil, _ reader: Reader) -> Int? {
    let result = unsafe bpfkernel_drain(_map, unsafeBitCast(reader, to: UnsafeRawPointer.self), context)
    return result < 0 ? nil : result
  }
}
