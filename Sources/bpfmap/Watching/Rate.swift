//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// Formats rates per second.
enum Rate {
  /// Returns the rate as text: an integer from 100 on, and three significant digits below.
  static func text(_ rate: Double) -> String {
    guard rate.isFinite else { return "-" }
    let magnitude = abs(rate)
    guard magnitude < 99.95 else { return number(rate.rounded()) }
    var decimals = magnitude < 9.995 ? 2 : 1
    var limit = 0.995
    while magnitude < limit, magnitude > 0, decimals < 6 {
      decimals += 1
      limit /= 10
    }
    return fixed(rate, decimals)
  }

  private static func fixed(_ rate: Double, _ decimals: Int) -> String {
    let scale = (0..<decimals).reduce(1) { scale, _ in scale * 10 }
    let scaled = Int((abs(rate) * Double(scale)).rounded())
    var text = String(scaled % scale)
    text = String(repeating: "0", count: decimals - text.utf8.count) + text
    while text.hasSuffix("0") { text.removeLast() }
    let sign = rate < 0 && scaled > 0 ? "-" : ""
    return sign + String(scaled / scale) + (text.isEmpty ? "" : "." + text)
  }

  private static func number(_ rate: Double) -> String { Int128(exactly: rate).map { "\($0)" } ?? "\(rate)" }
}
