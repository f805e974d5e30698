//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import CBPFKernel

/// A timer in a value of a hash map or an array (`struct bpf_timer`, Linux 5.15). A map's value may have
/// at most one.
public struct Timer: BitwiseCopyable {
  var timer: bpf_timer

  /// Creates a timer that is not initialized.
  @inline(__always)
  public init() { timer = bpf_timer() }

  /// A function that a timer calls: with the map, the key and the value that contains the timer. It returns 0.
  public typealias Callback =
    @convention(c) (
      UnsafeMutableRawPointer?, UnsafeMutableRawPointer?, UnsafeMutableRawPointer?
    ) -> Int32

  /// Initializes the timer of a value of the map, for the monotonic clock (`bpf_timer_init`). Returns false if it was
  /// initialized before.
  @inline(__always) @discardableResult
  public mutating func initialize(in map: borrowing some KeyedMap & ~Copyable) -> Bool {
    unsafe bpf_timer_init(&timer, map._map, 1) == 0
  }

  /// Sets the function that the timer calls (`bpf_timer_set_callback`). It can capture nothing.
  @inline(__always)
  @unsafe public mutating func setCallback(_ callback: Callback) {
    requireKernel()
    _ = unsafe bpf_timer_set_callback(&timer, unsafeBitCast(callback, to: UnsafeMutableRawPointer.self))
  }

  /// Starts the timer: it calls its function once, after the given number of nanoseconds (`bpf_timer_start`).
  @inline(__always) @discardableResult
  public mutating func start(nanoseconds: UInt64) -> Bool {
    requireKernel()
    return unsafe bpf_timer_start(&timer, nanoseconds, 0) == 0
  }

  /// Stops the timer (`bpf_timer_cancel`). Returns whether it was started.
  @inline(__always) @discardableResult
  public mutating func cancel() -> Bool {
    requireKernel()
    return unsafe bpf_timer_cancel(&timer) == 1
  }
}
