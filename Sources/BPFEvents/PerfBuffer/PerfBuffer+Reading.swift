//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFSyscall
internal import SystemPackage

extension PerfBuffer {
  /// Reads the records that are there now, CPU by CPU.
  ///
  /// `body` is lent each record where it lies; only one that goes across the end of its buffer is copied. It counts as
  /// read when `body` returns or throws. Records that come during the call are left for the next one.
  ///
  /// No system call. No allocation, but for records of more than 1 KiB that go across the end.
  ///
  /// - Parameters:
  ///   - limit: how many records to read at most, counts of lost ones among them; those of the first CPUs first.
  ///   - body: is given each record.
  /// - Returns: how many records were read, counts of lost ones among them.
  /// - Throws: what `body` throws, and `BPFError`: `BPFError.Code.busy` if somebody reads already.
  @discardableResult
  public func consume(
    limit: Int = .max, _ body: (borrowing Record) throws(BPFError) -> Void
  ) throws(BPFError) -> Int {
    try take()
    defer { waiter.release() }
    return try consumeTaken(limit: limit) { (record) throws(BPFError) in
      try body(record)
      return true
    }
  }

  /// Reads the records that are there now, until `body` says that it is enough.
  ///
  /// - Parameter body: returns whether to go on. The record that it returns false for is read, too.
  /// - Returns: how many records were read.
  /// - Throws: as `consume(limit:_:)`.
  @discardableResult
  public func consumeWhile(_ body: (borrowing Record) throws(BPFError) -> Bool) throws(BPFError) -> Int {
    try take()
    defer { waiter.release() }
    return try consumeTaken(limit: .max, body)
  }

  /// Reads the records that are there, and waits for some if there are none.
  ///
  /// System calls: none if there are any; else epoll_wait(2), mostly once. A signal does not end the wait.
  ///
  /// - Parameters:
  ///   - timeout: how long to wait at most, to the millisecond; nil for ever. When it is over all that is there is read,
  ///     also if it is less than ``wakeUp`` says.
  ///   - limit: how many records to read at most.
  ///   - body: is given each record; see `consume(limit:_:)`.
  /// - Returns: how many records were read; 0 if the time is over, or ``close()`` was called.
  /// - Throws: as `consume(limit:_:)`.
  @discardableResult
  public func poll(
    timeout: Duration? = nil, limit: Int = .max, _ body: (borrowing Record) throws(BPFError) -> Void
  ) throws(BPFError) -> Int {
    try take()
    defer { waiter.release() }
    guard try waitTaken(timeout) else { return 0 }
    return try consumeTaken(limit: limit) { (record) throws(BPFError) in
      try body(record)
      return true
    }
  }

  /// Waits until there is a record to read, or for some time. See `poll(timeout:limit:_:)`.
  ///
  /// - Returns: whether there is one; false if the time is over, or ``close()`` was called.
  public func wait(timeout: Duration? = nil) throws(BPFError) -> Bool {
    try take()
    defer { waiter.release() }
    return try waitTaken(timeout)
  }

  /// Waits, without blocking a thread, until there is a record to read. See ``RingBuffer/wait()``.
  ///
  /// - Returns: whether there is one; false if the task was cancelled, or ``close()`` was called.
  public func wait() async throws(BPFError) -> Bool {
    try take()
    defer { waiter.release() }
    if waiter.isTimeToYield() { await Task.yield() }
    return try await waitTaken()
  }

  // MARK: - By the reader

  func consumeTaken(
    limit: Int, _ body: (borrowing Record) throws(BPFError) -> Bool
  ) throws(BPFError) -> Int {
    var count = 0
    for ring in rings {
      guard try ring.consume(&count, limit, body) else { break }
    }
    return count
  }

  private func waitTaken(_ timeout: Duration?) throws(BPFError) -> Bool {
    let rings = rings
    do throws(Errno) {
      return try waiter.wait(for: timeout) { !rings.allSatisfy(\.isEmpty) }
    } catch {
      throw BPFError.waiting(for: map, error)
    }
  }

  func waitTaken() async throws(BPFError) -> Bool {
    let rings = rings
    do throws(Errno) {
      return try await waiter.wait { !rings.allSatisfy(\.isEmpty) }
    } catch {
      throw BPFError.waiting(for: map, error)
    }
  }
}
