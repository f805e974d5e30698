//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFSyscall

/// Reading a ring that the kernel writes backward, whose newest record overwrites the oldest. The writer's position falls.
extension PerfRing {
  /// Reads the records that were written after an earlier position of the writer, the oldest first.
  ///
  /// The output must be paused.
  ///
  /// - Parameters:
  ///   - last: the writer's position after the last call; it becomes the current one.
  ///   - count: the number of records read so far, which this call increases.
  func consumeOverwriting(
    since last: inout UInt64, _ count: inout Int,
    _ body: (borrowing PerfBuffer.Record) throws(BPFError) -> Void
  ) throws(BPFError) {
    let head = memory.head
    // The newest record is at the writer's position, and the oldest one before the end or where the last call began.
    let end = head &+ memory.byteCount
    var (position, found): (UInt64, [(position: UInt64, header: PerfMemory.Header)]) = (head, [])
    while position != last, position != end, let header = memory.header(at: position, before: end) {
      if header.type == PerfOutput.sample, found.last?.header.type == PerfOutput.lost {
        // The report of lost records and the record that follows it are written at once, in ascending order.
        found.insert((position, header), at: found.count - 1)
      } else if header.type == PerfOutput.sample || header.type == PerfOutput.lost {
        found.append((position, header))
      }
      position &+= UInt64(header.byteCount)
    }
    last = head
    for (position, header) in found.reversed() {
      count += 1
      try unsafe memory.withRecord(at: position, header.byteCount) { (bytes) throws(BPFError) in
        _ = try unsafe read(header.type, bytes) { (record) throws(BPFError) in
          try body(record)
          return true
        }
      }
    }
  }
}
