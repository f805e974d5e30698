//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import CBPFKernel

/// Stack traces by their identifiers (`BPF_MAP_TYPE_STACK_TRACE`, Linux 4.6).
public struct StackTraceMap: ~Copyable, BPFMap, @unchecked Sendable {
  private let descriptor: MapDescriptor

  /// Declares a map of at most the given number of stack traces, each of at most the given depth, up to 127.
  @inline(__always)
  public init(maxEntries: UInt32, depth: Int = 127, pinning: Pinning = .none) {
    descriptor = MapDescriptor(
      type: BPF_MAP_TYPE_STACK_TRACE.rawValue, keySize: 4, valueSize: depth &* 8, maxEntries: maxEntries,
      pinning: pinning)
  }

  /// The map as helpers take it.
  @inline(__always)
  @unsafe public var _map: UnsafeMutableRawPointer { unsafe descriptor.address }

  /// Stores the current stack trace, of the kernel or of the user's process, and returns its identifier; nil if there
  /// is none, or if it collides with another (`bpf_get_stackid`, Linux 4.6).
  @inline(__always)
  public func capture(_ context: some ProgramContext, user: Bool = false, skipping frames: UInt8 = 0)
    -> UInt32?
  {
    let id = unsafe bpf_get_stackid(
      context._pointer, _map, UInt64(frames) | UInt64(truncatingIfNeeded: user ? BPF_F_USER_STACK : 0))
    return id < 0 ? nil : UInt32(truncatingIfNeeded: id)
  }
}
