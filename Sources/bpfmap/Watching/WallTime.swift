//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import CLibrary

/// A time of the system's real-time clock.
struct WallTime {
  /// The milliseconds since 1970, in UTC.
  let milliseconds: Int

  static var now: WallTime {
    // Access the two members of timespec by position: Swift finds their names only in a module of its runtime.
    var words = [0, 0]
    unsafe words.withUnsafeMutableBytes { bytes in
      guard let time = unsafe bytes.bindMemory(to: timespec.self).baseAddress else { return }
      unsafe clock_gettime(CLOCK_REALTIME, time)
    }
    return WallTime(milliseconds: words[0] * 1000 + words[1] / 1_000_000)
  }

  /// The seconds since 1970, with three decimals.
  var seconds: String { "\(milliseconds / 1000).\(Self.digits(milliseconds % 1000, 3))" }

  /// The time of day in the local time zone: `03:12:45.104`.
  var timeOfDay: String {
    var seconds = time_t(milliseconds / 1000)
    var parts = unsafe tm()
    // localtime_r(3) fails only if the year overflows an int, and then leaves the parts unchanged.
    _ = unsafe localtime_r(&seconds, &parts)
    let clock = unsafe [parts.tm_hour, parts.tm_min, parts.tm_sec].map { Self.digits(Int($0), 2) }
    return clock.joined(separator: ":") + "." + Self.digits(milliseconds % 1000, 3)
  }

  private static func digits(_ number: Int, _ count: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, count - digits.utf8.count)) + digits
  }
}
