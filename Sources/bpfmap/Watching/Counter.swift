//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF

/// An integer in the values of a map. Its changes are shown as differences.
struct Counter: Equatable {
  /// The member's name, such as `total` or `inner[1].count`; empty if the number is the whole value.
  var name: String
  /// The offset in a value, in bytes.
  var offset: Int
  /// The size in bytes, at most 8.
  var size: Int
  var isSigned: Bool
  var isBig: Bool

  /// Returns the number in a CPU's value, or in the only value.
  func number(in value: Span<UInt8>) -> Int128 {
    var bits: UInt64 = 0
    for index in 0..<size {
      bits = bits << 8 | UInt64(value[offset + (isBig ? index : size - 1 - index)])
    }
    guard isSigned else { return Int128(bits) }
    let unused = UInt64.bitWidth - size * 8
    return Int128(Int64(bitPattern: bits << unused) >> unused)
  }

  /// Returns the difference between two successive numbers.
  ///
  /// An unsigned number of 32 or 64 bits that goes from the highest quarter of its range to the lowest has wrapped
  /// around, and the difference is positive. Any other decrease gives a negative difference.
  func difference(from old: Int128, to new: Int128) -> Int128 {
    let numbers = Int128(1) << Int128(size * 8)
    let isWrapped = !isSigned && size >= 4 && old >= numbers / 4 * 3 && new < numbers / 4
    return new - old + (isWrapped ? numbers : 0)
  }
}

/// The counters in the values of a map.
struct Counters {
  /// The maximum number of counters. Further integers of a value are ignored.
  static let limit = 4096

  let all: [Counter]
  /// The offsets of the CPUs' values; a single offset for maps that are not per-CPU.
  private let slots: [Int]
  private let valueSize: Int

  init(_ all: [Counter], _ shape: ElementTemplate.Shape) {
    self.all = all
    slots = (0..<(shape.cpus?.count ?? 1)).map { $0 * shape.slot }
    valueSize = shape.valueSize
  }

  /// The counter that is the whole value; nil if there is none.
  var only: Counter? { all.first.flatMap { $0.name.isEmpty ? $0 : nil } }

  /// Returns the number in a value; for per-CPU maps, the sum of the CPUs' numbers.
  func number(_ counter: Counter, in value: Span<UInt8>) -> Int128 {
    slots.reduce(0) { $0 + counter.number(in: value.extracting($1..<$1 + valueSize)) }
  }

  /// Replaces `differences` with the difference of each counter, summed over all CPUs.
  func compare(_ old: Span<UInt8>, _ new: Span<UInt8>, into differences: inout [Int128]) {
    differences.removeAll(keepingCapacity: true)
    for counter in all {
      var difference: Int128 = 0
      for slot in slots {
        let range = slot..<slot + valueSize
        difference += counter.difference(
          from: counter.number(in: old.extracting(range)), to: counter.number(in: new.extracting(range)))
      }
      differences.append(difference)
    }
  }
}
