//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// The point in time at which a wait ends.
struct Deadline {
  /// The end of the wait; nil for a wait without a limit.
  private let end: ContinuousClock.Instant?

  /// Creates a deadline.
  ///
  /// - Parameter timeout: the duration from now. Nil, and a duration of more than a hundred years, mean no limit.
  init(after timeout: Duration?) {
    let century = Duration.seconds(100 * 366 * 86400)
    end = timeout.flatMap { $0 < century ? .now + max($0, .zero) : nil }
  }

  /// The remaining milliseconds, rounded up, as the kernel expects them: -1 without a limit.
  var milliseconds: Int32 {
    guard let end else { return -1 }
    let (seconds, attoseconds) = (ContinuousClock.now.duration(to: end)).components
    guard seconds >= 0, attoseconds >= 0 else { return 0 }
    let fraction = (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000
    return Int32(clamping: min(seconds, Int64(Int32.max)) * 1000 + fraction)
  }
}
