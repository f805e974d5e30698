//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// A moment as clocks on the wall show it.
struct WallTime {
  /// Since the beginning of 1970, in UTC.
  let milliseconds: Int

  static var now: WallTime {
    // The two words of a timespec, by their place: Swift finds their names in a module of its runtime only.
    var words = [0, 0]
    unsafe words.withUnsafeMutableBytes { bytes in
      guard let time = unsafe bytes.bindMemory(to: timespec.self).baseAddress else { return }
      unsafe clock_gettime(CLOCK_REALTIME, time)
    }
    return WallTime(milliseconds: words[0] * 1000 + words[1] / 1_000_000)
  }

  /// Seconds since the beginning of 1970, with three decimals.
  var seconds: String { "\(milliseconds / 1000).\(Self.digits(milliseconds % 1000, 3))" }

  /// The time of day where the tool runs, as date(1) tells it: `03:12:45.104`.
  var timeOfDay: String {
    var seconds = time_t(milliseconds / 1000)
    var parts = unsafe tm()
    // It fails for years beyond what an int holds only, and then leaves the parts as they are.
    _ = unsafe localtime_r(&seconds, &parts)
    let clock = unsafe [parts.tm_hour, parts.tm_min, parts.tm_sec].map { Self.digits(Int($0), 2) }
    return clock.joined(separator: ":") + "." + Self.digits(milliseconds % 1000, 3)
  }

  private static func digits(_ number: Int, _ count: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, count - digits.utf8.count)) + digits
  }
}
