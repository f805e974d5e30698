//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// When the rounds of a command begin that does the same again and again: each a whole number of intervals after the
/// start, however long the rounds themselves take, so that they do not drift.
struct Pace {
  /// What a pace is asked to be.
  struct Terms {
    var interval: Duration
    /// After how long it is over; then there is a last round, out of turn if need be.
    var duration: Duration?
    /// How many rounds there are to be.
    var rounds: Int?
  }

  let start: ContinuousClock.Instant
  let terms: Terms

  /// How many rounds were begun.
  private(set) var begun = 0
  /// How many were left out, since it was past their time when the one before ended.
  private(set) var skipped = 0
  private var turn = 0
  private var isOver = false

  init(_ terms: Terms, from start: ContinuousClock.Instant) {
    (self.terms, self.start) = (terms, start)
  }

  /// When it is over.
  var end: ContinuousClock.Instant? { terms.duration.map { start + $0 } }

  /// When the next round is to begin; nil if there is none. It is to be waited for, and begun.
  mutating func next(after now: ContinuousClock.Instant) -> ContinuousClock.Instant? {
    if isOver || terms.rounds.map({ begun >= $0 }) ?? false { return nil }
    let earliest = turn + 1
    turn = max(earliest, Int((start.duration(to: now) / terms.interval).rounded(.up)))
    let time = start + terms.interval * turn
    if let end, time >= end {
      isOver = true
      return end
    }
    skipped += turn - earliest
    return time
  }

  mutating func begin() { begun += 1 }
}

extension Duration {
  /// Seconds that a person wrote.
  ///
  /// - Parameter name: The option, for the refusal.
  init(writtenSeconds seconds: Double, _ name: String) throws(Failure) {
    guard seconds >= 0.001, seconds <= 31_536_000 else {
      throw .usage("\(name) takes seconds, from 0.001 to 31536000 (a year)")
    }
    self = .seconds(seconds)
  }

  var inSeconds: Double { self / .seconds(1) }
}
