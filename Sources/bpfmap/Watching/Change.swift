//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// What happened to an element between two rounds.
enum Change: String {
  /// Nothing: it was there when the watching began.
  case initial
  case added
  case changed
  case removed

  /// What a line about it begins with.
  var sign: String {
    switch self {
    case .initial: "="
    case .added: "+"
    case .changed: "~"
    case .removed: "-"
    }
  }

  /// The sign in the colour it has at a terminal.
  var colouredSign: String {
    switch self {
    case .initial: sign
    case .added: "\u{1b}[32m+\u{1b}[0m"
    case .changed: "\u{1b}[33m~\u{1b}[0m"
    case .removed: "\u{1b}[31m-\u{1b}[0m"
    }
  }
}

/// The moment of a round, and how long ago the one before began.
struct RoundTime {
  let time: WallTime
  let sinceLast: Duration
  /// The time of day, composed once for all lines.
  let timeOfDay: String

  init(_ time: WallTime, sinceLast: Duration) {
    (self.time, self.sinceLast, timeOfDay) = (time, sinceLast, time.timeOfDay)
  }

  /// A difference for each second.
  func rate(of difference: Int128) -> Double { Double(difference) / sinceLast.inSeconds }
}
