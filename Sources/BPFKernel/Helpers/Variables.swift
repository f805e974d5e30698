//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import Synchronization

/// A number that programs share with each other and with user space: a global constant that has an address.
///
/// ```swift
/// let dropped = Variable<UInt64>(0)
///
/// func countDropped() { dropped.value.atomicAdd(1) }
/// ```
public struct Variable<Value: FixedWidthInteger & BitwiseCopyable>: ~Copyable, @unchecked Sendable {
  // The number comes first: its address is the variable's. With an Atomic, the variable is never moved or copied.
  private let number: Value
  private let anchor = Atomic<UInt8>(0)

  /// Declares a variable with its first value.
  @inline(__always)
  public init(_ value: Value) { number = value }

  @inline(__always)
  @unsafe private var pointer: UnsafeMutablePointer<Value> {
    requireKernel()
    return unsafe withUnsafePointer(to: self) {
      unsafe UnsafeMutableRawPointer(mutating: UnsafeRawPointer($0)).assumingMemoryBound(to: Value.self)
    }
  }

  /// The number, in place.
  @inline(__always)
  public var value: Value {
    get { unsafe pointer.pointee }
    nonmutating _modify { yield unsafe &pointer.pointee }
  }

  /// Calls a closure with the number, in place.
  @inline(__always)
  public func withValue<R>(_ body: (inout Value) -> R) -> R { unsafe body(&pointer.pointee) }
}

/// A number that user space may set before the program is loaded. The verifier then knows it, and removes code
/// that the value makes unreachable.
///
/// ```swift
/// let onlyProcess = Constant<UInt32>(0)
///
/// func isWanted() -> Bool { onlyProcess.value == 0 || onlyProcess.value == CurrentTask.processID }
/// ```
public struct Constant<Value: FixedWidthInteger & BitwiseCopyable>: ~Copyable, @unchecked Sendable {
  private let number: Value
  private let anchor = Atomic<UInt8>(0)

  /// Declares a constant with its default.
  @inline(__always)
  public init(_ value: Value) { number = value }

  /// The number. It is read each time: the compiler must not replace it with the default.
  @inline(__always)
  public var value: Value {
    requireKernel()
    return unsafe withUnsafePointer(to: self) { unsafe readVolatile(UnsafeRawPointer($0)) }
  }
}
