//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import Synchronization

/// An activity that runs until the schedule is over, and then reports its counts.
protocol Workload: Sendable {
  func run() async throws -> [WorkloadReport]
}

/// The counts of records sent on one path, and of records received and lost.
struct WorkloadReport: Sendable, CustomStringConvertible {
  let path: String
  let sent, received, lost: UInt64
  /// Further counts for the report.
  var remarks = ""
  /// Further errors.
  var faults: [String] = []
  /// Whether `lost` includes records of other processes.
  var hasOthers = false

  init(_ path: String, sent: UInt64, received: UInt64, lost: UInt64) {
    (self.path, self.sent, self.received, self.lost) = (path, sent, received, lost)
  }

  var isBalanced: Bool {
    faults.isEmpty && received <= sent && (hasOthers ? received + lost >= sent : received + lost == sent)
  }

  var description: String {
    let sum =
      isBalanced
      ? "\(sent) sent = \(received) received + \(lost) lost\(hasOthers ? " (including other processes')" : "")"
      : "DOES NOT ADD UP: \(sent) sent, \(received) received, \(lost) lost"
    return "\(path): \(sum)" + (remarks.isEmpty ? "" : "; \(remarks)")
      + faults.map { "\n  WRONG: \($0)" }.joined()
  }
}

/// The duration and the random seed of a run.
struct Schedule: Sendable {
  private let begin = ContinuousClock.now
  private let length: Duration
  let seed: UInt64

  init(seconds: UInt64, seed: UInt64) { (length, self.seed) = (.seconds(seconds), seed) }

  var isOver: Bool { share >= 1 }

  /// The elapsed share of the run: 1 at its end, more after.
  var share: Double { (ContinuousClock.now - begin) / length }

  /// Returns the random number generator for a workload, or for one of its threads.
  func dice(_ name: String) -> Dice {
    Dice(seed: name.utf8.reduce(seed) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 })
  }
}

/// A SplitMix64 generator, which returns the same numbers for the same seed.
struct Dice: RandomNumberGenerator, Sendable {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = (state ^ (state >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }

  mutating func roll(_ range: Range<Int>) -> Int { .random(in: range, using: &self) }

  /// Returns a random duration of at most about that many milliseconds, usually much shorter.
  mutating func moment(_ most: Int) -> Duration { .microseconds(1 << roll(0..<11)) * roll(0..<most) }
}
