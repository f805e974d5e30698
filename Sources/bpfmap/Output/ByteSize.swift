//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// A number of bytes as people read it: `512 B`, `4.0 KiB`, `1.5 GiB`.
enum ByteSize {
  private static let units = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"]

  static func text(_ bytes: UInt64) -> String {
    guard bytes >= 1024 else { return "\(bytes) B" }
    var exponent = min((UInt64.bitWidth - bytes.leadingZeroBitCount - 1) / 10, units.count)
    var tenths = Self.tenths(bytes, exponent)
    // 1023.97 KiB would round to "1024.0 KiB": it is 1.0 MiB.
    if tenths >= 10240, exponent < units.count {
      exponent += 1
      tenths = Self.tenths(bytes, exponent)
    }
    return "\(tenths / 10).\(tenths % 10) \(units[exponent - 1])"
  }

  /// The number of tenths of a unit, rounded half up, without overflow at the upper end.
  private static func tenths(_ bytes: UInt64, _ exponent: Int) -> UInt64 {
    let shift = UInt64(exponent * 10)
    let whole = bytes >> shift
    let rest = bytes & ((1 << shift) - 1)
    let scale: UInt64 = 1 << shift
    // A rest of 2^60 times ten exceeds 64 bits: the low bits cannot change a tenth by then.
    let (scaled, unit) = shift > 50 ? ((rest >> 10) * 10, scale >> 10) : (rest * 10, scale)
    return whole * 10 + (scaled + unit / 2) / unit
  }
}
