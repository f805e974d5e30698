//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFSyscall

// Reading with closures that throw errors of their own. Closures that throw nothing, or `BPFError`, are taken by the calls of
// the same names that throw `BPFError` alone.

extension PerfBuffer {
  /// Reads the records that are there now, with a closure that throws errors of its own. See ``consume(limit:_:)``.
  ///
  /// - Throws: the error that `body` throws, which ends the reading, or `BPFError`.
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

  /// Reads the records that are there now, until `body` says that it is enough, with a closure that throws errors of its own.
  /// See ``consumeWhile(_:)``.
  ///
  /// - Throws: the error that `body` throws, which ends the reading, or `BPFError`.
  @discardableResult
  public func consumeWhile<E: Error>(_ body: (borrowing Record) throws(E) -> Bool) throws -> Int {
    try BPFError.passing { (keep: (E) -> BPFError) throws(BPFError) in
      try consumeWhile { (record) throws(BPFError) in
        do throws(E) { return try body(record) } catch { throw keep(error) }
      }
    }
  }

  /// Reads the records that are there, and waits for some if there are none, with a closure that throws errors of its own. See
  /// ``poll(timeout:limit:_:)``.
  ///
  /// - Throws: the error that `body` throws, which ends the reading, or `BPFError`.
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
