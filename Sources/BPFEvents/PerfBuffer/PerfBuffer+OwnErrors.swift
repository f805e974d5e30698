//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFSyscall

// Overloads for closures that throw their own errors. Closures that throw nothing or `BPFError` use the overloads that
// throw only `BPFError`.

extension PerfBuffer {
  /// Reads the available records with a closure that throws its own errors. See ``consume(limit:_:)``.
  ///
  /// - Throws: the error of `body`, which stops the reading, or `BPFError`.
  @discardableResult
  public func consume<E: Error>(
    limit: Int = .max, _ body: (borrowing Record) throws(E) -> Void
  ) throws -> Int {
    try BPFError.passing { (keep: (E) -> BPFError) throws(BPFError) in
      try consume(limit: limit) { (record) throws(BPFError) in
        do throws(E) { try body(record) } catch { throw keep(error) }
      }
    }
  }

  /// Reads the available records until a closure that throws its own errors returns false. See ``consumeWhile(_:)``.
  ///
  /// - Throws: the error of `body`, which stops the reading, or `BPFError`.
  @discardableResult
  public func consumeWhile<E: Error>(_ body: (borrowing Record) throws(E) -> Bool) throws -> Int {
    try BPFError.passing { (keep: (E) -> BPFError) throws(BPFError) in
      try consumeWhile { (record) throws(BPFError) in
        do throws(E) { return try body(record) } catch { throw keep(error) }
      }
    }
  }

  /// Reads the available records, and waits if there are none, with a closure that throws its own errors. See
  /// ``poll(timeout:limit:_:)``.
  ///
  /// - Throws: the error of `body`, which stops the reading, or `BPFError`.
  @discardableResult
  public func poll<E: Error>(
    timeout: Duration? = nil, limit: Int = .max, _ body: (borrowing Record) throws(E) -> Void
  ) throws -> Int {
    try BPFError.passing { (keep: (E) -> BPFError) throws(BPFError) in
      try poll(timeout: timeout, limit: limit) { (record) throws(BPFError) in
        do throws(E) { try body(record) } catch { throw keep(error) }
      }
    }
  }
}

extension OverwritingPerfBuffer {
  /// Reads the records that the buffer still has with a closure that throws its own errors. See `consume(_:)`.
  ///
  /// - Throws: the error of `body`, which stops the reading, or `BPFError`.
  @discardableResult
  public func consume<E: Error>(_ body: (borrowing PerfBuffer.Record) throws(E) -> Void) throws -> Int {
    try BPFError.passing { (keep: (E) -> BPFError) throws(BPFError) in
      try consume { (record) throws(BPFError) in
        do throws(E) { try body(record) } catch { throw keep(error) }
      }
    }
  }
}
