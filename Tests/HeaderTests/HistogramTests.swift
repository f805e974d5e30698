//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import KernelFixtures
import SystemPackage
import Testing

/// Tests `bpf_log2` in the kernel.
@Suite("Histograms", .bpftool)
struct HistogramTests {
  /// Values around every power of two.
  static let values: [UInt64] = {
    let powers = (0..<64).map { UInt64(1) << UInt64($0) }
    return [0, .max] + powers.map { $0 - 1 } + powers + powers.map { $0 + 1 }
  }()

  @Test("A value's slot is its highest bit, with a range that the verifier knows")
  func slots() throws {
    try withTemporaryDirectory { directory in
      let path = directory.appending("histogram.bpf.o")
      try Toolchain.compile(
        HeaderFixture.source("histogram"), to: path, includePaths: [HeaderFixture.headers],
        warnings: HeaderFixture.strict)
      let object = try ObjectFile(path).load()
      let program = try object.program("count")
      var expected = Log2Histogram()
      for value in Self.values {
        var packet = [UInt8](repeating: 0, count: 14)
        packet += (0..<8).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
        let slot = try program.run(data: packet).returnValue
        #expect(slot == UInt32(max(0, 63 - value.leadingZeroBitCount)), "\(value)")
        #expect(Int(slot) == Log2Histogram.slot(of: value), "\(value)")
        expected.add(value)
      }
      let counts: InlineArray<64, UInt64> = try object.variable("slots")
      #expect(Log2Histogram(slots: counts) == expected)
      #expect(expected.count == UInt64(Self.values.count))
    }
  }
}
