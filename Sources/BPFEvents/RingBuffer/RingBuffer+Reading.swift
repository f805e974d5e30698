//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFSyscall
internal import SystemPackage

// MARK: - What is there now

extension RingBuffer {
  /// Reads the records that are there now, one after the other, where they lie.
  ///
  /// A record is in the kernel's memory, and `body` is lent it: its span cannot outlive the call. It counts as read, and
  /// its place is the programs' again, when `body` returns or throws. A record that a program has reserved and not
  /// submitted yet ends the reading, as those behind it must wait for it; those that were discarded are passed over.
  /// Records that come during the call are left for the next one, so that it ends however fast they come.
  ///
  /// No system call, no allocation. For each record, one load and one store of memory that the kernel has too.
  ///
  /// - Parameters:
  ///   - limit: how many records to read at most, the first maps' first.
  ///   - body: is given each record's bytes, at an address that is a multiple of 8.
  /// - Returns: how many records were read.
  /// - Throws: what `body` throws, and `BPFError`: `BPFError.Code.busy` if somebody reads already,
  ///   `BPFError.Code.malformed` if another process has moved the reader's position: what was in the ring is then given
  ///   up, and the next call goes on behind it.
  @inlinable @discardableResult
  public func consume(
    limit: Int = .max, _ body: (RawSpan) throws(BPFError) -> Void
  ) throws(BPFError) -> Int {
    try take()
    defer { waiter.release() }
    return try unsafe consumeTaken(limit: limit) { (record) throws(BPFError) in
      try body(unsafe RawSpan(_unsafeBytes: record))
      return true
    }
  }

  /// Reads the records that are there now, until `body` says that it is enough.
  ///
  /// - Parameter body: returns whether to go on. The record that it returns false for is read, too.
  /// - Returns: how many records were read.
  /// - Throws: as `consume(limit:_:)`.
  @inlinable @discardableResult
  public func consumeWhile(_ body: (RawSpan) throws(BPFError) -> Bool) throws(BPFError) -> Int {
    try take()
    defer { waiter.release() }
    return try unsafe consumeTaken(limit: .max) { (record) throws(BPFError) in
      try body(unsafe RawSpan(_unsafeBytes: record))
    }
  }

  /// Reads records of one of the maps.
  ///
  /// - Parameters:
  ///   - index: the place of the map in ``maps``.
  ///   - limit: how many records to read at most.
  ///   - body: is given each record's bytes.
  /// - Returns: how many records were read.
  /// - Throws: as `consume(limit:_:)`, and `BPFError.Code.outOfBounds` if there is no such map.
  @inlinable @discardableResult
  public func consume(
    from index: Int, limit: Int = .max, _ body: (RawSpan) throws(BPFError) -> Void
  ) throws(BPFError) -> Int {
    guard rings.indices.contains(index) else {
      throw failure(.outOfBounds, "there is no map at index \(index), but \(rings.count) in all")
    }
    try take()
    defer { waiter.release() }
    var count = 0
    _ = try unsafe rings[index].consume(&count, limit) { (record) throws(BPFError) in
      try body(unsafe RawSpan(_unsafeBytes: record))
      return true
    }
    return count
  }

  /// Reads records; the caller is the reader.
  @inlinable @inline(__always)
  func consumeTaken(
    limit: Int, _ body: (UnsafeRawBufferPointer) throws(BPFError) -> Bool
  ) throws(BPFError) -> Int {
    var count = 0
    for ring in rings {
      guard try unsafe ring.consume(&count, limit, body) else { break }
    }
    return count
  }
}

extension MappedRing {
  /// Reads records, and returns whether to go on with the next ring.
  @inlinable @inline(__always)
  func consume(
    _ count: inout Int, _ limit: Int, _ body: (UnsafeRawBufferPointer) throws(BPFError) -> Bool
  ) throws(BPFError) -> Bool {
    var cursor = RingCursor(memory)
    // Those that were discarded at the end are read, too.
    defer { cursor.commit() }
    while count < limit, let record = unsafe cursor.next() {
      defer { cursor.commit() }
      count += 1
      guard try unsafe body(record) else { return false }
    }
    if cursor.isDamaged { throw damage(givingUp: &cursor) }
    return count < limit
  }
}

// MARK: - Waiting

extension RingBuffer {
  /// Waits until there is a record to read, or for some time.
  ///
  /// System calls: none if there is one; else epoll_wait(2), mostly once. A signal does not end the wait. No allocation.
  ///
  /// - Parameter timeout: how long to wait at most, to the millisecond; nil for ever.
  /// - Returns: whether there is a record; false if the time is over, or ``close()`` was called.
  /// - Throws: `BPFError`; `BPFError.Code.busy` if somebody reads or waits already.
  public func wait(timeout: Duration? = nil) throws(BPFError) -> Bool {
    try take()
    defer { waiter.release() }
    return try waitTaken(timeout)
  }

  /// Reads the records that are there, and waits for some if there are none.
  ///
  /// System calls and allocations: those of ``wait(timeout:)``.
  ///
  /// - Parameters:
  ///   - timeout: how long to wait for the first record at most, to the millisecond; nil for ever.
  ///   - limit: how many records to read at most.
  ///   - body: is given each record's bytes; see `consume(limit:_:)`.
  /// - Returns: how many records were read; 0 if the time is over, or ``close()`` was called.
  /// - Throws: as `consume(limit:_:)`.
  @inlinable @discardableResult
  public func poll(
    timeout: Duration? = nil, limit: Int = .max, _ body: (RawSpan) throws(BPFError) -> Void
  ) throws(BPFError) -> Int {
    try take()
    defer { waiter.release() }
    guard try waitTaken(timeout) else { return 0 }
    return try unsafe consumeTaken(limit: limit) { (record) throws(BPFError) in
      try body(unsafe RawSpan(_unsafeBytes: record))
      return true
    }
  }

  /// Waits until there is a record; the caller is the reader.
  @usableFromInline
  func waitTaken(_ timeout: Duration?) throws(BPFError) -> Bool {
    do throws(Errno) {
      return try waiter.wait(for: timeout) { hasRecord() }
    } catch {
      throw BPFError.waiting(for: maps[0], error)
    }
  }

  /// Whether a record can be read; those before it that were discarded are passed over.
  func hasRecord() -> Bool {
    rings.contains { ring in
      var cursor = RingCursor(ring.memory)
      return cursor.isAtRecord() || cursor.isDamaged
    }
  }

  /// Waits, without blocking a thread, until there is a record to read.
  ///
  /// ```swift
  /// let ring = try RingBuffer(MapHandle(pinnedAt: "/sys/fs/bpf/events"))
  /// while try await ring.wait() {
  ///   try ring.consume { record in print(record.byteCount) }
  /// }
  /// ```
  ///
  /// System calls: none if there is one; else epoll_ctl(2), on the process's thread that waits for tasks epoll_wait(2),
  /// and epoll_wait(2) once more. Allocations: a few for a wait, none without.
  ///
  /// - Returns: whether there is a record; false if the task was cancelled, or ``close()`` was called.
  /// - Throws: `BPFError`; `BPFError.Code.busy` if somebody reads or waits already.
  public func wait() async throws(BPFError) -> Bool {
    try take()
    defer { waiter.release() }
    if waiter.isTimeToYield() { await Task.yield() }
    return try await waitTaken()
  }

  /// Waits until there is a record; the caller is the reader.
  func waitTaken() async throws(BPFError) -> Bool {
    do throws(Errno) {
      return try await waiter.wait { hasRecord() }
    } catch {
      throw BPFError.waiting(for: maps[0], error)
    }
  }
}
