//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFSyscall
internal import SystemPackage

extension PerfBuffer {
  /// Reads the available records, CPU by CPU.
  ///
  /// `body` is lent each record in place. Only a record that wraps around the end of its ring is copied. A record
  /// counts as read when `body` returns or throws. Records that arrive during the call are left for the next one.
  ///
  /// No system call. Allocates only for records of more than 1 KiB that wrap around.
  ///
  /// - Parameters:
  ///   - limit: the maximum number of records to read, including reports of lost ones. Those of the first CPUs come
  ///     first.
  ///   - body: called with each record.
  /// - Returns: The number of records read, including reports of lost ones.
  /// - Throws: the error of `body`, or `BPFError`; `BPFError.Code.busy` if there is another reader.
  @discardableResult
  public func consume(
    limit: Int = .max, _ body: (borrowing Record) throws(BPFError) -> Void
  ) throws(BPFError) -> Int {
    try acquireReader()
    defer { waiter.release() }
    return try consumeAsReader(limit: limit) { (record) throws(BPFError) in
      try body(record)
      return true
    }
  }

  /// Reads the available records until `body` returns false.
  ///
  /// - Parameter body: returns whether to continue. A record that it stops at counts as read, too.
  /// - Returns: The number of records read.
  /// - Throws: as `consume(limit:_:)`.
  @discardableResult
  public func consumeWhile(_ body: (borrowing Record) throws(BPFError) -> Bool) throws(BPFError) -> Int {
    try acquireReader()
    defer { waiter.release() }
    return try consumeAsReader(limit: .max, body)
  }

  /// Reads the available records, and waits if there are none.
  ///
  /// System calls: none if there are records; otherwise epoll_wait(2), usually once. A signal does not end the wait.
  ///
  /// - Parameters:
  ///   - timeout: the time limit, with millisecond precision; nil for no limit. After the timeout all available records
  ///     are read, even if there are fewer than ``wakeUp`` asks for.
  ///   - limit: the maximum number of records to read.
  ///   - body: called with each record; see `consume(limit:_:)`.
  /// - Returns: The number of records read; 0 after the timeout or ``close()``.
  /// - Throws: as `consume(limit:_:)`.
  @discardableResult
  public func poll(
    timeout: Duration? = nil, limit: Int = .max, _ body: (borrowing Record) throws(BPFError) -> Void
  ) throws(BPFError) -> Int {
    try acquireReader()
    defer { waiter.release() }
    guard try waitAsReader(timeout) else { return 0 }
    return try consumeAsReader(limit: limit) { (record) throws(BPFError) in
      try body(record)
      return true
    }
  }

  /// Waits until there is a record to read, or until the timeout. See `poll(timeout:limit:_:)`.
  ///
  /// - Returns: Whether there is a record; false after the timeout or ``close()``.
  public func wait(timeout: Duration? = nil) throws(BPFError) -> Bool {
    try acquireReader()
    defer { waiter.release() }
    return try waitAsReader(timeout)
  }

  /// Waits until there is a record to read, without blocking a thread. See ``RingBuffer/wait()``.
  ///
  /// - Returns: Whether there is a record; false if the task was cancelled or ``close()`` was called.
  public func wait() async throws(BPFError) -> Bool {
    try acquireReader()
    defer { waiter.release() }
    if waiter.isTimeToYield() { await Task.yield() }
    return try await waitAsReader()
  }

  // MARK: - Calls by the current reader

  func consumeAsReader(
    limit: Int, _ body: (borrowing Record) throws(BPFError) -> Bool
  ) throws(BPFError) -> Int {
    var count = 0
    for ring in rings {
      guard try ring.consume(&count, limit, body) else { break }
    }
    return count
  }

  private func waitAsReader(_ timeout: Duration?) throws(BPFError) -> Bool {
    let rings = rings
    do throws(Errno) {
      return try waiter.wait(for: timeout) { !rings.allSatisfy(\.isEmpty) }
    } catch {
      throw BPFError.waiting(for: map, error)
    }
  }

  func waitAsReader() async throws(BPFError) -> Bool {
    let rings = rings
    do throws(Errno) {
      return try await waiter.wait { !rings.allSatisfy(\.isEmpty) }
    } catch {
      throw BPFError.waiting(for: map, error)
    }
  }
}
