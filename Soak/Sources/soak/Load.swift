//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import Synchronization

/// Something that goes on all the time until the schedule is over, and then adds up.
protocol Load: Sendable {
  func run() async throws -> [Account]
}

/// What was sent on one way, and what has become of it.
struct Account: Sendable, CustomStringConvertible {
  let way: String
  let sent, received, lost: UInt64
  /// What else was done, in words.
  var remarks = ""
  /// What else does not hold.
  var faults: [String] = []
  /// Whether others may have lost some, too, which are among those lost here.
  var hasOthers = false

  init(_ way: String, sent: UInt64, received: UInt64, lost: UInt64) {
    (self.way, self.sent, self.received, self.lost) = (way, sent, received, lost)
  }

  var isBalanced: Bool {
    faults.isEmpty && received <= sent && (hasOthers ? received + lost >= sent : received + lost == sent)
  }

  var description: String {
    let sum =
      isBalanced
      ? "\(sent) sent = \(received) received + \(lost) lost\(hasOthers ? " (others' among them)" : "")"
      : "DOES NOT ADD UP: \(sent) sent, \(received) received, \(lost) lost"
    return "\(way): \(sum)" + (remarks.isEmpty ? "" : "; \(remarks)")
      + faults.map { "\n  WRONG: \($0)" }.joined()
  }
}

/// How long it goes on, and what the loads decide by.
struct Schedule: Sendable {
  private let begin = ContinuousClock.now
  private let length: Duration
  let seed: UInt64

  init(seconds: UInt64, seed: UInt64) { (length, self.seed) = (.seconds(seconds), seed) }

  var isOver: Bool { share >= 1 }

  /// How much of the time is over, from 0 to 1 and beyond.
  var share: Double { (ContinuousClock.now - begin) / length }

  /// The decisions of one load, or of one of its threads.
  func dice(_ name: String) -> Dice {
    Dice(seed: name.utf8.reduce(seed) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 })
  }
}

/// Numbers that are the same each time for the same seed. SplitMix64.
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

  /// A moment of at most so many milliseconds, mostly much shorter.
  mutating func moment(_ most: Int) -> Duration { .microseconds(1 << roll(0..<11)) * roll(0..<most) }
}
