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

/// The time of day, for people and for programs. How long something takes is `ContinuousClock`'s.
struct WallClock {
  private let time: timespec

  static var now: WallClock {
    var time = timespec()
    unsafe clock_gettime(CLOCK_REALTIME, &time)
    return WallClock(time: time)
  }

  /// Seconds since 1970, to the millisecond.
  var seconds: Double { Double(time.tv_sec) + Double(time.tv_nsec / 1_000_000) / 1000 }

  /// Hours, minutes and seconds as clocks here show them: `03:00:07`.
  var text: String {
    var second = time.tv_sec
    var local = unsafe tm()
    _ = unsafe localtime_r(&second, &local)
    let parts = unsafe [local.tm_hour, local.tm_min, local.tm_sec]
    return parts.map { $0 < 10 ? "0\($0)" : "\($0)" }.joined(separator: ":")
  }
}
