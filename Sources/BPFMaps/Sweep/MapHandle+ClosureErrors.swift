//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFSyscall

// Variants for closures that throw their own errors. The functions of the same names that throw only `BPFError`
// take closures that throw nothing or `BPFError`.

extension MapHandle {
  /// Passes all elements, batch by batch, to a closure that throws its own errors. See
  /// ``forEachBatch(batchSize:flags:_:)``.
  ///
  /// - Throws: `BPFError`, or the error that `body` throws, which ends the sweep.
  public func forEachBatch<E: Error>(
    batchSize: Int? = nil, flags: MapFlags = [], _ body: (MapEntries) throws(E) -> Void
  ) throws {
    var sweep = sweep(batchSize: batchSize, flags: flags)
    while let batch = try sweep.next() { try body(batch) }
  }

  /// Looks up and deletes all elements, and passes them, batch by batch, to a closure that throws its own errors. See
  /// ``drainBatches(batchSize:_:)``.
  ///
  /// - Throws: `BPFError`, or the error that `body` throws. The batch passed to `body` is already deleted; later
  ///   elements are still in the map.
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
