//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFSyscall
internal import SystemPackage

// MARK: - Available records

extension RingBuffer {
  /// Reads the available records, one after the other, in place.
  ///
  /// A record lies in the kernel's memory and is lent to `body`: its span cannot outlive the call. When `body` returns
  /// or throws, the record counts as read, and programs may reuse its space. A record that a program has reserved but
  /// not submitted ends the reading, because later ones must wait for it. Discarded records are skipped. Records that
  /// arrive during the call are left for the next one, so the call ends however fast they arrive.
  ///
  /// No system call, no allocation. For each record, one load and one store of memory that is shared with the kernel.
  ///
  /// - Parameters:
  ///   - limit: the maximum number of records to read. Those of the first maps come first.
  ///   - body: called with each record's bytes, which start at a multiple of 8.
  /// - Returns: The number of records read.
  /// - Throws: the error of `body`, or `BPFError`. `BPFError.Code.busy` if there is another reader,
  ///   `BPFError.Code.malformed` if another process has moved the reader's position: the contents of the ring are then
  ///   skipped, and the next call continues after them.
  @inlinable @discardableResult
  public func consume(
    limit: Int = .max, _ body: (RawSpan) throws(BPFError) -> Void
  ) throws(BPFError) -> Int {
    try acquireReader()
    defer { waiter.release() }
    return try unsafe consumeAsReader(limit: limit) { (record) throws(BPFError) in
      try body(unsafe RawSpan(_unsafeBytes: record))
      return true
    }
  }

  /// Reads the available records until `body` returns false.
  ///
  /// - Parameter body: returns whether to continue. A record that it stops at counts as read, too.
  /// - Returns: The number of records read.
  /// - Throws: as `consume(limit:_:)`.
  @inlinable @discardableResult
  public func consumeWhile(_ body: (RawSpan) throws(BPFError) -> Bool) throws(BPFError) -> Int {
    try acquireReader()
    defer { waiter.release() }
    return try unsafe consumeAsReader(limit: .max) { (record) throws(BPFError) in
      try body(unsafe RawSpan(_unsafeBytes: record))
    }
  }

  /// Reads the available records of one map.
  ///
  /// - Parameters:
  ///   - index: the index of the map in ``maps``.
  ///   - limit: the maximum number of records to read.
  ///   - body: called with each record's bytes.
  /// - Returns: The number of records read.
  /// - Throws: as `consume(limit:_:)`, and `BPFError.Code.outOfBounds` if no map has this index.
  @inlinable @discardableResult
  public func consume(
    from index: Int, limit: Int = .max, _ body: (RawSpan) throws(BPFError) -> Void
  ) throws(BPFError) -> Int {
    guard rings.indices.contains(index) else {
      throw failure(.outOfBounds, "no map has the index \(index): the number of maps is \(rings.count)")
    }
    try acquireReader()
    defer { waiter.release() }
    var count = 0
    _ = try unsafe rings[index].consume(&count, limit) { (record) throws(BPFError) in
      try body(unsafe RawSpan(_unsafeBytes: record))
      return true
    }
    return count
  }

  /// Reads the available records; the caller is the reader.
  @inlinable @inline(__always)
  func consumeAsReader(
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
  /// Reads the available records of the ring, and returns whether to continue with the next ring.
  @inlinable @inline(__always)
  func consume(
    _ count: inout Int, _ limit: Int, _ body: (UnsafeRawBufferPointer) throws(BPFError) -> Bool
  ) throws(BPFError) -> Bool {
    var cursor = RingCursor(memory)
    // Discarded records at the end count as read, too.
    defer { cursor.commit() }
    while count < limit, let record = unsafe cursor.next() {
      defer { cursor.commit() }
      count += 1
      guard try unsafe body(record) else { return false }
    }
    if cursor.isDamaged { throw damageError(skipping: &cursor) }
    return count < limit
  }
}

// MARK: - Waiting

extension RingBuffer {
  /// Waits until there is a record to read, or until the timeout.
  ///
  /// System calls: none if there is a record; otherwise epoll_wait(2), usually once. A signal does not end the wait. No
  /// allocation.
  ///
  /// - Parameter timeout: the time limit, with millisecond precision; nil for no limit.
  /// - Returns: Whether there is a record; false after the timeout or ``close()``.
  /// - Throws: `BPFError`; `BPFError.Code.busy` if there is another reader.
  public func wait(timeout: Duration? = nil) throws(BPFError) -> Bool {
    try acquireReader()
    defer { waiter.release() }
    return try waitAsReader(timeout)
  }

  /// Reads the available records, and waits if there are none.
  ///
  /// System calls and allocations: those of ``wait(timeout:)``.
  ///
  /// - Parameters:
  ///   - timeout: the time limit for the first record, with millisecond precision; nil for no limit.
  ///   - limit: the maximum number of records to read.
  ///   - body: called with each record's bytes; see `consume(limit:_:)`.
  /// - Returns: The number of records read; 0 after the timeout or ``close()``.
  /// - Throws: as `consume(limit:_:)`.
  @inlinable @discardableResult
  public func poll(
    timeout: Duration? = nil, limit: Int = .max, _ body: (RawSpan) throws(BPFError) -> Void
  ) throws(BPFError) -> Int {
    try acquireReader()
    defer { waiter.release() }
    guard try waitAsReader(timeout) else { return 0 }
    return try unsafe consumeAsReader(limit: limit) { (record) throws(BPFError) in
      try body(unsafe RawSpan(_unsafeBytes: record))
      return true
    }
  }

  /// Waits until there is a record; the caller is the reader.
  @usableFromInline
  func waitAsReader(_ timeout: Duration?) throws(BPFError) -> Bool {
    do throws(Errno) {
      return try waiter.wait(for: timeout) { hasRecord() }
    } catch {
      throw BPFError.waiting(for: maps[0], error)
    }
  }

  /// Returns whether a record can be read. Skips discarded records before it.
  func hasRecord() -> Bool {
    rings.contains { ring in
      var cursor = RingCursor(ring.memory)
      return cursor.isAtRecord() || cursor.isDamaged
    }
  }

  /// Waits until there is a record to read, without blocking a thread.
  ///
  /// ```swift
  /// let ring = try RingBuffer(MapHandle(pinnedAt: "/sys/fs/bpf/events"))
  /// while try await ring.wait() {
  ///   try ring.consume { record in print(record.byteCount) }
  /// }
  /// ```
  ///
  /// System calls: none if there is a record; otherwise epoll_ctl(2), epoll_wait(2) on the process's watcher thread,
  /// and epoll_wait(2) once more. Allocations: a few for a wait, otherwise none.
  ///
  /// - Returns: Whether there is a record; false if the task was cancelled or ``close()`` was called.
  /// - Throws: `BPFError`; `BPFError.Code.busy` if there is another reader.
  public func wait() async throws(BPFError) -> Bool {
    try acquireReader()
    defer { waiter.release() }
    if waiter.isTimeToYield() { await Task.yield() }
    return try await waitAsReader()
  }

  /// Waits until there is a record; the caller is the reader.
  func waitAsReader() async throws(BPFError) -> Bool {
    do throws(Errno) {
      return try await waiter.wait { hasRecord() }
    } catch {
      throw BPFError.waiting(for: maps[0], error)
    }
  }
}
