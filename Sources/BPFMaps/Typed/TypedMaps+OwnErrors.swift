//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFSyscall

// Passing typed batches to closures that throw errors of their own. Closures that throw nothing, or `BPFError`, are taken by the
// calls of the same names that throw `BPFError` alone.

extension ValueMap {
  /// Passes all elements, batch by batch, to a closure that throws errors of its own. See
  /// ``forEachBatch(batchSize:flags:_:)``.
  ///
  /// - Throws: the error that `body` throws, which ends the sweep, or `BPFError`.
  @inlinable
  public func forEachBatch<E: Error>(
    batchSize: Int? = nil, flags: MapFlags = [], _ body: (TypedEntries<Key, Value>) throws(E) -> Void
  ) throws {
    let (keyLayout, valueLayout) = (keyLayout, valueLayout)
    try handle.forEachBatch(batchSize: batchSize, flags: flags) { (batch) throws(E) in
      try body(TypedEntries(batch, keyLayout, valueLayout))
    }
  }
}

extension DrainableMap where Self: ValueMap {
  /// Takes all elements out of the map and passes them, batch by batch, to a closure that throws errors of its own. See
  /// `MapHandle.drainBatches(batchSize:_:)`.
  ///
  /// - Throws: the error that `body` throws, which ends the sweep, or `BPFError`.
  @inlinable
  public func drainBatches<E: Error>(
    batchSize: Int? = nil, _ body: (TypedEntries<Key, Value>) throws(E) -> Void
  ) throws {
    let (keyLayout, valueLayout) = (keyLayout, valueLayout)
    try handle.drainBatches(batchSize: batchSize) { (batch) throws(E) in
      try body(TypedEntries(batch, keyLayout, valueLayout))
    }
  }
}

extension PerCPUMap {
  /// Passes all elements, batch by batch, to a closure that throws errors of its own. See
  /// `ValueMap.forEachBatch(batchSize:flags:_:)`.
  ///
  /// - Throws: the error that `body` throws, which ends the sweep, or `BPFError`.
  @inlinable
  public func forEachBatch<E: Error>(
    batchSize: Int? = nil, _ body: (PerCPUEntries<Key, Value>) throws(E) -> Void
  ) throws {
    let (keyLayout, valueLayout) = (keyLayout, valueLayout)
    try handle.forEachBatch(batchSize: batchSize) { (batch) throws(E) in
      try body(PerCPUEntries(batch, keyLayout, valueLayout))
    }
  }
}
