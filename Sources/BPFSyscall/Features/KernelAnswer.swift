//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import Synchronization

/// A cached answer of the kernel that cannot change while it runs. The process asks at most once.
///
/// Failures to ask are thrown and not cached: no descriptor, no memory, a signal, a missing privilege, or a file system
/// that is not mounted. The next caller asks again.
///
/// Reading a known answer is an atomic load. Until then, callers take turns.
package final class KernelAnswer<Value: Sendable>: Sendable {
  private final class Box: Sendable {
    let value: Value
    init(_ value: Value) { self.value = value }
  }

  private let box = AtomicLazyReference<Box>()
  private let turn = Mutex<Void>(())

  /// Creates an unknown answer.
  package init() {}

  /// Creates a known answer.
  package init(known value: Value) { _ = box.storeIfNil(Box(value)) }

  /// The answer; nil while it is unknown.
  package var known: Value? { box.load()?.value }

  /// Returns the answer, asking the kernel if it is unknown.
  ///
  /// - Parameter ask: asks the kernel. It throws if the kernel gives no answer, and must not call `get` on this
  ///   instance.
  /// - Throws: the error that `ask` throws.
  package func get<E: Error>(_ ask: () throws(E) -> Value) throws(E) -> Value {
    if let box = box.load() { return box.value }
    return try turn.withLock { (_) throws(E) in
      if let box = box.load() { return box.value }
      return box.storeIfNil(Box(try ask())).value
    }
  }
}
