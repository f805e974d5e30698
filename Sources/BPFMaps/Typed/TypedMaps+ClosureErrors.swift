//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFSyscall

// Variants for closures that throw their own errors. The functions of the same names that throw only `BPFError`
// take closures that throw nothing or `BPFError`.

extension ValueMap {
  /// Passes all elements, batch by batch, to a closure that throws its own errors. See
  /// ``forEachBatch(batchSize:flags:_:)``.
  ///
  /// - Throws: `BPFError`, or the error that `body` throws, which ends the sweep.
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
  /// Looks up and deletes all elements, and passes them, batch by batch, to a closure that throws its own errors. See
  /// `MapHandle.drainBatches(batchSize:_:)`.
  ///
  /// - Throws: `BPFError`, or the error that `body` throws, which ends the sweep.
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
  /// Passes all elements, batch by batch, to a closure that throws its own errors. See
  /// `ValueMap.forEachBatch(batchSize:flags:_:)`.
  ///
  /// - Throws: `BPFError`, or the error that `body` throws, which ends the sweep.
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
