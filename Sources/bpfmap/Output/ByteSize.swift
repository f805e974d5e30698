//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// Formats numbers of bytes with a unit: `512 B`, `4.0 KiB`, `1.5 GiB`.
enum ByteSize {
  private static let units = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"]

  static func text(_ bytes: UInt64) -> String {
    guard bytes >= 1024 else { return "\(bytes) B" }
    var exponent = min((UInt64.bitWidth - bytes.leadingZeroBitCount - 1) / 10, units.count)
    var tenths = Self.tenths(bytes, exponent)
    // 1023.97 KiB is 1.0 MiB, and not "1024.0 KiB".
    if tenths >= 10240, exponent < units.count {
      exponent += 1
      tenths = Self.tenths(bytes, exponent)
    }
    return "\(tenths / 10).\(tenths % 10) \(units[exponent - 1])"
  }

  /// Returns the number of tenths of a unit, rounded half up, without overflow.
  private static func tenths(_ bytes: UInt64, _ exponent: Int) -> UInt64 {
    let shift = UInt64(exponent * 10)
    let whole = bytes >> shift
    let rest = bytes & ((1 << shift) - 1)
    let scale: UInt64 = 1 << shift
    // Ten times a remainder of up to 2^60 overflows 64 bits. For such units, the low bits do not affect the tenths.
    let (scaled, unit) = shift > 50 ? ((rest >> 10) * 10, scale >> 10) : (rest * 10, scale)
    return whole * 10 + (scaled + unit / 2) / unit
  }
}
