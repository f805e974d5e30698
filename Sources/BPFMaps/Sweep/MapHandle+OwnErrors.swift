//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFSyscall

// Passing batches to closures that throw errors of their own. Closures that throw nothing, or `BPFError`, are taken by the calls
// of the same names that throw `BPFError` alone.

extension MapHandle {
  /// Passes all elements, batch by batch, to a closure that throws errors of its own. See
  /// ``forEachBatch(batchSize:flags:_:)``.
  ///
  /// - Throws: the error that `body` throws, which ends the sweep, or `BPFError`.
  public func forEachBatch<E: Error>(
    batchSize: Int? = nil, flags: MapFlags = [], _ body: (MapEntries) throws(E) -> Void
  ) throws {
    var sweep = sweep(batchSize: batchSize, flags: flags)
    while let batch = try sweep.next() { try body(batch) }
  }

  /// Takes all elements out of the map and passes them, batch by batch, to a closure that throws errors of its own. See
  /// ``drainBatches(batchSize:_:)``.
  ///
  /// - Throws: the error that `body` throws, or `BPFError`. The batch that `body` was given is out of the map; those that
  ///   would have followed are still in it.
  public func drainBatches<E: Error>(
    batchSize: Int? = nil, _ body: (MapEntries) throws(E) -> Void
  ) throws {
    try BPFError.passing { (keep: (E) -> BPFError) throws(BPFError) in
      try drainBatches(batchSize: batchSize) { (batch) throws(BPFError) in
        do throws(E) { try body(batch) } catch { throw keep(error) }
      }
    }
  }
}
