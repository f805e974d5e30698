//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// The change of an element between two rounds.
enum Change: String {
  /// The element existed in the first round.
  case initial
  case added
  case changed
  case removed

  /// The sign at the beginning of a line.
  var sign: String {
    switch self {
    case .initial: "="
    case .added: "+"
    case .changed: "~"
    case .removed: "-"
    }
  }

  /// The sign in its color for terminals.
  var coloredSign: String {
    switch self {
    case .initial: sign
    case .added: "\u{1b}[32m+\u{1b}[0m"
    case .changed: "\u{1b}[33m~\u{1b}[0m"
    case .removed: "\u{1b}[31m-\u{1b}[0m"
    }
  }
}

/// The time of a round, and the time since the previous round started.
struct RoundTime {
  let time: WallTime
  let sinceLast: Duration
  /// The time of day, formatted once for all lines.
  let timeOfDay: String

  init(_ time: WallTime, sinceLast: Duration) {
    (self.time, self.sinceLast, timeOfDay) = (time, sinceLast, time.timeOfDay)
  }

  /// Returns the rate of a difference, per second.
  func rate(of difference: Int128) -> Double { Double(difference) / sinceLast.inSeconds }
}
