//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// The system calls of an interval, by process and by kind.
struct SystemCallReport {
  /// The calls of a process.
  struct Process: Equatable {
    let id: UInt32
    fileprivate(set) var count: UInt64 = 0
    /// The most frequent call of the process.
    fileprivate(set) var mostFrequent: SystemCall
    fileprivate var mostFrequentCount: UInt64 = 0
  }

  /// The calls of a kind.
  struct Kind: Equatable {
    let call: SystemCall
    let count: UInt64
  }

  /// The length of the interval.
  let duration: Duration
  /// The number of all calls, including the uncounted ones.
  private(set) var total: UInt64
  /// The number of calls with an unknown process and kind.
  let uncounted: UInt64
  /// The processes with calls, in descending order of calls.
  let processes: [Process]
  /// The kinds of calls, in descending order of calls.
  let kinds: [Kind]

  /// Creates a report from two readings of the counts.
  init(from earlier: SystemCallCounts, to later: SystemCallCounts) {
    duration = earlier.time.duration(to: later.time)
    uncounted = later.uncounted &- earlier.uncounted
    total = uncounted
    var processes: [UInt32: Process] = [:]
    var kinds: [SystemCall: UInt64] = [:]
    for (key, counted) in later.calls {
      let before = earlier.calls[key] ?? 0
      // A count that has decreased belongs to a new process with the same id, and started at 0.
      let count = counted >= before ? counted - before : counted
      guard count > 0 else { continue }
      let call = SystemCall(number: key.number, convention: key.convention)
      total &+= count
      kinds[call, default: 0] &+= count
      processes[key.process, default: Process(id: key.process, mostFrequent: call)].add(count, call)
    }
    self.processes = processes.values.sorted { ($0.count, $1.id) > ($1.count, $0.id) }
    self.kinds = kinds.map { Kind(call: $0.key, count: $0.value) }
      .sorted { $0.count == $1.count ? $0.call.name < $1.call.name : $0.count > $1.count }
  }

  /// The length of the interval, in seconds.
  var seconds: Double { duration.inSeconds }

  /// Returns the number of calls per second.
  func rate(_ count: UInt64) -> UInt64 {
    guard seconds > 0 else { return 0 }
    return UInt64(exactly: (Double(count) / seconds).rounded()) ?? .max
  }

  /// Returns the share of all calls, in thousandths.
  func perMille(_ count: UInt64) -> UInt64 {
    guard total > 0 else { return 0 }
    return UInt64(exactly: (Double(count) / Double(total) * 1000).rounded()) ?? .max
  }
}

extension SystemCallReport.Process {
  fileprivate mutating func add(_ count: UInt64, _ call: SystemCall) {
    self.count &+= count
    // Compare names only if counts are equal: there are thousands of pairs of process and call.
    guard count > mostFrequentCount || count == mostFrequentCount && call.name > mostFrequent.name else {
      return
    }
    (mostFrequent, mostFrequentCount) = (call, count)
  }
}
