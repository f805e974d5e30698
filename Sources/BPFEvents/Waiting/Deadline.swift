//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// When to wait no longer.
struct Deadline {
  /// Nil for never.
  private let end: ContinuousClock.Instant?

  /// - Parameter timeout: how long from now; nil for ever. What is more than a hundred years is for ever, too.
  init(after timeout: Duration?) {
    let century = Duration.seconds(100 * 366 * 86400)
    end = timeout.flatMap { $0 < century ? .now + max($0, .zero) : nil }
  }

  /// How long there is left, rounded up, as the kernel takes it: -1 for ever.
  var milliseconds: Int32 {
    guard let end else { return -1 }
    let (seconds, attoseconds) = (ContinuousClock.now.duration(to: end)).components
    guard seconds >= 0, attoseconds >= 0 else { return 0 }
    let fraction = (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000
    return Int32(clamping: min(seconds, Int64(Int32.max)) * 1000 + fraction)
  }
}
