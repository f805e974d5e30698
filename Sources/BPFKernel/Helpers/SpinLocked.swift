//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import CBPFKernel

/// A value with a lock, in a value of a hash map or an array (`struct bpf_spin_lock`, Linux 5.1). A map's value
/// may have at most one.
///
/// ```swift
/// struct Totals: BitwiseCopyable {
///   var packets: UInt64
///   var bytes: UInt64
/// }
/// let totals = ArrayMap<SpinLocked<Totals>>(maxEntries: 1)
///
/// func count(_ bytes: UInt64) {
///   totals.withValue(of: 0) { entry in
///     entry.withLock { totals in
///       totals.packets &+= 1
///       totals.bytes &+= bytes
///     }
///   }
/// }
/// ```
public struct SpinLocked<Value: BitwiseCopyable>: BitwiseCopyable {
  var lock: bpf_spin_lock
  /// The value, without the lock: for user space, which reads it with the lock's flag (`BPF_F_LOCK`).
  public var value: Value

  /// Creates an unlocked value.
  @inline(__always)
  public init(_ value: Value) {
    lock = bpf_spin_lock()
    self.value = value
  }

  /// Calls a closure with the value while no other CPU can have the lock (`bpf_spin_lock`, `bpf_spin_unlock`).
  ///
  /// The closure may not call helpers, and cannot trap: the verifier refuses a program that could end with the lock. Use
  /// `&+` and the like.
  @inline(__always)
  public mutating func withLock<R>(_ body: (inout Value) -> R) -> R {
    requireKernel()
    unsafe bpfkernel_lock(&lock)
    let result = body(&value)
    unsafe bpfkernel_unlock(&lock)
    return result
  }
}
