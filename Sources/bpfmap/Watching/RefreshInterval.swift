//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// The start times of a repeating command's rounds.
///
/// Rounds start at whole numbers of intervals after the start, regardless of their duration, so that they do not drift.
struct RefreshInterval {
  /// The interval and the end of the rounds.
  struct Schedule {
    var interval: Duration
    /// The time after which the rounds end, with a last round at the end.
    var duration: Duration?
    /// The number of rounds.
    var rounds: Int?
  }

  let start: ContinuousClock.Instant
  let schedule: Schedule

  /// The number of rounds that have started.
  private(set) var begun = 0
  /// The number of rounds that were skipped, since the previous round took too long.
  private(set) var skipped = 0
  private var tick = 0
  private var isOver = false

  init(_ schedule: Schedule, from start: ContinuousClock.Instant) {
    (self.schedule, self.start) = (schedule, start)
  }

  /// The time at which the rounds end; nil if there is no limit.
  var end: ContinuousClock.Instant? { schedule.duration.map { start + $0 } }

  /// Returns the start time of the next round; nil if there is none. Call ``begin()`` when the round starts.
  mutating func next(after now: ContinuousClock.Instant) -> ContinuousClock.Instant? {
    if isOver || schedule.rounds.map({ begun >= $0 }) ?? false { return nil }
    let earliest = tick + 1
    tick = max(earliest, Int((start.duration(to: now) / schedule.interval).rounded(.up)))
    let time = start + schedule.interval * tick
    if let end, time >= end {
      isOver = true
      return end
    }
    skipped += tick - earliest
    return time
  }

  mutating func begin() { begun += 1 }
}

extension Duration {
  /// Creates a duration from the seconds on the command line.
  ///
  /// - Parameter name: The option, for the error message.
  init(seconds: Double, option name: String) throws(Failure) {
    guard seconds >= 0.001, seconds <= 31_536_000 else {
      throw .usage("\(name) is \(seconds): write seconds from 0.001 to 31536000 (a year)")
    }
    self = .seconds(seconds)
  }

  var inSeconds: Double { self / .seconds(1) }
}
