//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// When a command that goes on by itself is to do something: at fixed times from its beginning, until it is over.
struct Pace {
  private let interval: Duration
  private let duration: Duration?
  private var start = ContinuousClock.now
  private var round = 0

  /// - Parameters:
  ///   - interval: seconds from one time to the next.
  ///   - duration: seconds to the end; nil if it goes on for ever. The end is one of the times.
  /// - Throws: `Failure` for what is no time.
  init(interval: Double, duration: Double?) throws(Failure) {
    self.interval = try Pace.seconds(interval, "interval")
    self.duration = try duration.map { (duration) throws(Failure) in try Pace.seconds(duration, "duration") }
  }

  private static func seconds(_ seconds: Double, _ option: String) throws(Failure) -> Duration {
    guard (0.01...1e8).contains(seconds) else {
      throw .usage("--\(option) is 0.01 to 100000000 seconds, not \(seconds)")
    }
    return .seconds(seconds)
  }

  /// Begins now.
  mutating func begin() { start = .now }

  /// The next time.
  var next: ContinuousClock.Instant {
    let next = start + interval * (round + 1)
    return duration.map { min(next, start + $0) } ?? next
  }

  /// Goes on to the first time that has not passed; times that were missed are left out.
  ///
  /// - Returns: whether there is one before it is over.
  mutating func advance(at now: ContinuousClock.Instant = .now) -> Bool {
    if let duration, now >= start + duration { return false }
    round = max(round + 1, Int(start.duration(to: now) / interval))
    return true
  }
}
