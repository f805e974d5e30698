//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFSyscall

// Overloads for closures that throw their own errors. Closures that throw nothing or `BPFError` use the overloads that
// throw only `BPFError`.

extension RingBuffer {
  /// Reads the available records with a closure that throws its own errors. See ``consume(limit:_:)``.
  ///
  /// - Throws: the error of `body`, which stops the reading, or `BPFError`.
  @inlinable @discardableResult
  public func consume<E: Error>(limit: Int = .max, _ body: (RawSpan) throws(E) -> Void) throws -> Int {
    try BPFError.passing { (keep: (E) -> BPFError) throws(BPFError) in
      try consume(limit: limit) { (record) throws(BPFError) in
        do throws(E) { try body(record) } catch { throw keep(error) }
      }
    }
  }

  /// Reads the available records until a closure that throws its own errors returns false. See ``consumeWhile(_:)``.
  ///
  /// - Throws: the error of `body`, which stops the reading, or `BPFError`.
  @inlinable @discardableResult
  public func consumeWhile<E: Error>(_ body: (RawSpan) throws(E) -> Bool) throws -> Int {
    try BPFError.passing { (keep: (E) -> BPFError) throws(BPFError) in
      try consumeWhile { (record) throws(BPFError) in
        do throws(E) { return try body(record) } catch { throw keep(error) }
      }
    }
  }

  /// Reads the available records of one map with a closure that throws its own errors. See ``consume(from:limit:_:)``.
  ///
  /// - Throws: the error of `body`, which stops the reading, or `BPFError`.
  @inlinable @discardableResult
  public func consume<E: Error>(
    from index: Int, limit: Int = .max, _ body: (RawSpan) throws(E) -> Void
  ) throws -> Int {
    try BPFError.passing { (keep: (E) -> BPFError) throws(BPFError) in
      try consume(from: index, limit: limit) { (record) throws(BPFError) in
        do throws(E) { try body(record) } catch { throw keep(error) }
      }
    }
  }

  /// Reads the available records, and waits if there are none, with a closure that throws its own errors. See
  /// ``poll(timeout:limit:_:)``.
  ///
  /// - Throws: the error of `body`, which stops the reading, or `BPFError`.
  @inlinable @discardableResult
  public func poll<E: Error>(
    timeout: Duration? = nil, limit: Int = .max, _ body: (RawSpan) throws(E) -> Void
  ) throws -> Int {
    try BPFError.passing { (keep: (E) -> BPFError) throws(BPFError) in
      try poll(timeout: timeout, limit: limit) { (record) throws(BPFError) in
        do throws(E) { try body(record) } catch { throw keep(error) }
      }
    }
  }
}

// MARK: - Values

extension RingBuffer {
  /// Reads the available records as values of a type, with a closure that throws its own errors. See
  /// ``consume(as:limit:_:)``.
  ///
  /// - Throws: the error of `body`, which stops the reading, or `BPFError`.
  @inlinable @discardableResult
  public func consume<Event: BitwiseCopyable, E: Error>(
    as type: Event.Type, limit: Int = .max, _ body: (Event) throws(E) -> Void
  ) throws -> Int {
    try BPFError.passing { (keep: (E) -> BPFError) throws(BPFError) in
      try consume(as: type, limit: limit) { (event) throws(BPFError) in
        do throws(E) { try body(event) } catch { throw keep(error) }
      }
    }
  }

  /// Reads the available records as values of a type, and waits if there are none, with a closure that throws its own
  /// errors. See ``poll(as:timeout:_:)``.
  ///
  /// - Throws: the error of `body`, which stops the reading, or `BPFError`.
  @inlinable @discardableResult
  public func poll<Event: BitwiseCopyable, E: Error>(
    as type: Event.Type, timeout: Duration? = nil, _ body: (Event) throws(E) -> Void
  ) throws -> Int {
    try BPFError.passing { (keep: (E) -> BPFError) throws(BPFError) in
      try poll(as: type, timeout: timeout) { (event) throws(BPFError) in
        do throws(E) { try body(event) } catch { throw keep(error) }
      }
    }
  }
}
