//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import Testing

@testable import bpfmap

@Suite("Counters, rates and times")
struct CounterTests {
  private func counter(_ size: Int, signed: Bool = false, big: Bool = false) -> Counter {
    Counter(name: "", offset: 0, size: size, isSigned: signed, isBig: big)
  }

  @Test("Reads numbers of all sizes, signs and byte orders")
  func numbers() {
    let bytes: [UInt8] = [0xff, 0x01, 0x02, 0x83, 0x04, 0x05, 0x06, 0x87]
    let little: (Int, Bool) -> Int128 = { size, signed in
      Counter(name: "", offset: 0, size: size, isSigned: signed, isBig: false).number(in: bytes.span)
    }
    #expect(little(1, false) == 255 && little(1, true) == -1)
    #expect(little(2, false) == 0x01ff && little(4, false) == 0x8302_01ff)
    #expect(little(4, true) == Int128(Int32(bitPattern: 0x8302_01ff)))
    #expect(little(8, false) == 0x8706_0504_8302_01ff)
    #expect(little(8, true) == Int128(Int64(bitPattern: 0x8706_0504_8302_01ff)))
    #expect(counter(2, big: true).number(in: bytes.span) == 0xff01)
    #expect(counter(2, signed: true, big: true).number(in: bytes.span) == Int128(Int16(bitPattern: 0xff01)))
    #expect(
      Counter(name: "", offset: 3, size: 4, isSigned: false, isBig: true).number(in: bytes.span)
        == 0x8304_0506)
  }

  @Test("A decrease is negative unless an unsigned counter wraps around")
  func differences() {
    #expect(counter(8).difference(from: 5, to: 8) == 3)
    #expect(counter(8).difference(from: 8, to: 5) == -3)
    #expect(counter(4).difference(from: 4_294_967_290, to: 4) == 10)
    #expect(counter(8).difference(from: Int128(UInt64.max), to: 0) == 1)
    #expect(counter(8).difference(from: 0, to: Int128(UInt64.max)) == Int128(UInt64.max))
    #expect(counter(4).difference(from: 4_000_000_000, to: 2_000_000_000) == -2_000_000_000)
    #expect(counter(4, signed: true).difference(from: -2, to: -5) == -3)
    #expect(
      counter(8, signed: true).difference(from: Int128(Int64.max), to: Int128(Int64.min)) == 1
        - (Int128(1) << 64))
    #expect(counter(1).difference(from: 250, to: 2) == -248, "bytes do not wrap around")
  }

  @Test("Adds up the differences of all CPUs")
  func sums() throws {
    let layout = try FieldLayout("u32", filling: 4, of: "the value")
    let counters = Counters([Counter](layout), .init(keySize: 4, valueSize: 4, cpus: [0, 1]))
    let counter = try #require(counters.only)
    let old: [UInt8] = [255, 255, 255, 255, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0]
    let new: [UInt8] = [1, 0, 0, 0, 9, 9, 9, 9, 5, 0, 0, 0, 9, 9, 9, 9]
    var differences: [Int128] = [7, 7]
    counters.compare(old.span, new.span, into: &differences)
    #expect(differences == [5])
    #expect(counters.number(counter, in: new.span) == 6)
  }

  @Test("Creates counters for the integers of a layout")
  func layouts() throws {
    let several = [Counter](try FieldLayout("u16,pad,ipv4,be32,i8", filling: 12, of: "the value"))
    #expect(several.map(\.name) == ["field 1", "field 4", "field 5"])
    #expect(several.map(\.offset) == [0, 7, 11] && several.map(\.size) == [2, 4, 1])
    #expect(several.map(\.isSigned) == [false, false, true])
    #expect([Counter](try FieldLayout("ipv4", filling: 4, of: "the value")).isEmpty)
  }

  @Test(
    "Formats rates with three significant digits, or as integers",
    arguments: [
      (0, "0"), (1, "1"), (2.97, "2.97"), (2.999, "3"), (-0.5, "-0.5"), (9.996, "10"), (12.34, "12.3"),
      (99.96, "100"), (1234.4, "1234"), (-1e9, "-1000000000"), (0.0125, "0.0125"), (0.000_277_8, "0.000278"),
      (1e-9, "0"), (.infinity, "-"), (1.5e19, "15000000000000000000"),
    ] as [(Double, String)])
  func rates(rate: Double, text: String) {
    #expect(Rate.text(rate) == text)
  }

  // MARK: - Times

  private static let start = ContinuousClock.now

  private func pace(interval: Double, end: Double? = nil, rounds: Int? = nil) -> RefreshInterval {
    RefreshInterval(
      RefreshInterval.Schedule(
        interval: .seconds(interval), duration: end.map { .seconds($0) }, rounds: rounds),
      from: Self.start)
  }

  /// Returns the start times of rounds with the given durations, in seconds.
  private func times(_ pace: inout RefreshInterval, _ durations: [Double]) -> [Double] {
    var (now, times) = (Self.start, [Double]())
    for duration in durations {
      guard let time = pace.next(after: now) else { break }
      pace.begin()
      times.append(Self.start.duration(to: time).inSeconds)
      now = time + .seconds(duration)
    }
    return times
  }

  @Test("Rounds do not drift, and late rounds are skipped")
  func rounds() {
    var even = pace(interval: 0.5)
    #expect(times(&even, [0.1, 0.3, 0.49, 0.0]) == [0.5, 1, 1.5, 2] && even.skipped == 0)
    var slow = pace(interval: 1)
    #expect(times(&slow, [0.5, 2.5, 1.5, 0.1]) == [1, 2, 5, 7] && slow.skipped == 3)
    #expect(slow.begun == 4)
  }

  @Test("The last round is at the end, or after the number of rounds")
  func ends() {
    var counted = pace(interval: 1, rounds: 2)
    #expect(times(&counted, [0, 0, 0]) == [1, 2])
    var timed = pace(interval: 1, end: 2.5)
    #expect(times(&timed, [0, 0, 0, 0]) == [1, 2, 2.5])
    var exact = pace(interval: 1, end: 2)
    #expect(times(&exact, [0, 0, 0, 0]) == [1, 2])
    var late = pace(interval: 1, end: 2.5)
    #expect(times(&late, [9, 0, 0]) == [1, 2.5])
  }

  @Test("Formats the time in seconds with three decimals")
  func wallTime() {
    #expect(WallTime(milliseconds: 1_764_119_566_004).seconds == "1764119566.004")
    #expect(WallTime(milliseconds: 1_764_119_566_004).timeOfDay.hasSuffix(":46.004"))
    #expect(WallTime.now.milliseconds > 1_700_000_000_000)
  }
}
