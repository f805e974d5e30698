//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import Synchronization

/// An answer of the kernel that holds while the kernel runs: asked for once in the life of the process.
///
/// Only an answer is kept. What keeps the process from asking (no descriptor, no memory, a signal, a missing privilege, a
/// file system that is not mounted) is thrown and forgotten, and the next caller asks again.
///
/// Once the answer is known, reading it is an atomic load. Before, callers ask one after the other.
package final class KernelAnswer<Value: Sendable>: Sendable {
  private final class Box: Sendable {
    let value: Value
    init(_ value: Value) { self.value = value }
  }

  private let box = AtomicLazyReference<Box>()
  private let turn = Mutex<Void>(())

  /// An answer that nobody has asked for yet.
  package init() {}

  /// An answer that is known already.
  package init(known value: Value) { _ = box.storeIfNil(Box(value)) }

  /// The answer; nil until the kernel has given it.
  package var known: Value? { box.load()?.value }

  /// Returns the answer, and asks for it if it is not known.
  ///
  /// - Parameter ask: asks the kernel. It throws if the kernel gives no answer, and must not ask for this answer itself.
  /// - Throws: what `ask` throws.
  package func get<E: Error>(_ ask: () throws(E) -> Value) throws(E) -> Value {
    if let box = box.load() { return box.value }
    return try turn.withLock { (_) throws(E) in
      if let box = box.load() { return box.value }
      return box.storeIfNil(Box(try ask())).value
    }
  }
}
