//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// The system calls of a span of time: who made them, and which they were.
struct SystemCallReport {
  /// The calls of one process.
  struct Process: Equatable {
    let id: UInt32
    fileprivate(set) var count: UInt64 = 0
    /// The kind that it made most.
    fileprivate(set) var mostFrequent: SystemCall
    fileprivate var mostFrequentCount: UInt64 = 0
  }

  /// The calls of one kind.
  struct Kind: Equatable {
    let call: SystemCall
    let count: UInt64
  }

  /// How long it was.
  let duration: Duration
  /// All calls, those that were not counted by kind too.
  private(set) var total: UInt64
  /// Calls of which neither process nor kind is known.
  let uncounted: UInt64
  /// The processes that made calls, who made most first.
  let processes: [Process]
  /// The kinds of calls that were made, the most frequent first.
  let kinds: [Kind]

  /// What happened between two times.
  init(from earlier: SystemCallCounts, to later: SystemCallCounts) {
    duration = earlier.time.duration(to: later.time)
    uncounted = later.uncounted &- earlier.uncounted
    total = uncounted
    var processes: [UInt32: Process] = [:]
    var kinds: [SystemCall: UInt64] = [:]
    for (key, counted) in later.calls {
      let before = earlier.calls[key] ?? 0
      // A count that is smaller than before began anew, for a new process of the same number.
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

  /// How long it was, in seconds.
  var seconds: Double { duration.inSeconds }

  /// How many calls a second a number of calls is.
  func rate(_ count: UInt64) -> UInt64 {
    guard seconds > 0 else { return 0 }
    return UInt64(exactly: (Double(count) / seconds).rounded()) ?? .max
  }

  /// How many calls of a thousand a number of calls is.
  func perMille(_ count: UInt64) -> UInt64 {
    guard total > 0 else { return 0 }
    return UInt64(exactly: (Double(count) / Double(total) * 1000).rounded()) ?? .max
  }
}

extension SystemCallReport.Process {
  fileprivate mutating func add(_ count: UInt64, _ call: SystemCall) {
    self.count &+= count
    // There are thousands of pairs of process and call: names are asked for only where counts are the same.
    guard count > mostFrequentCount || count == mostFrequentCount && call.name > mostFrequent.name else {
      return
    }
    (mostFrequent, mostFrequentCount) = (call, count)
  }
}
