//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF

/// A number in the values of a map: it is told by how much it changed.
struct Counter: Equatable {
  /// The member's name, such as `total` or `inner[1].count`; empty if the number is all of the value.
  var name: String
  /// Where it begins in a value.
  var offset: Int
  /// How many bytes, at most 8.
  var size: Int
  var isSigned: Bool
  var isBig: Bool

  /// The number in one CPU's value, or the only one.
  func number(in value: Span<UInt8>) -> Int128 {
    var bits: UInt64 = 0
    for index in 0..<size {
      bits = bits << 8 | UInt64(value[offset + (isBig ? index : size - 1 - index)])
    }
    guard isSigned else { return Int128(bits) }
    let unused = UInt64.bitWidth - size * 8
    return Int128(Int64(bitPattern: bits << unused) >> unused)
  }

  /// How far it is from one number to the next.
  ///
  /// A counter that starts over is an unsigned one of 32 or 64 bits: one that goes from the highest quarter of its
  /// numbers to the lowest has gone up. All else that is less than before went down.
  func difference(from old: Int128, to new: Int128) -> Int128 {
    let numbers = Int128(1) << Int128(size * 8)
    let isWrapped = !isSigned && size >= 4 && old >= numbers / 4 * 3 && new < numbers / 4
    return new - old + (isWrapped ? numbers : 0)
  }
}

/// The numbers in the values of a map.
struct Counters {
  /// Of a value with more numbers, the first are told of.
  static let limit = 4096

  let all: [Counter]
  /// Where the value of each CPU begins; of maps that are not per-CPU, there is one.
  private let slots: [Int]
  private let valueSize: Int

  init(_ all: [Counter], _ shape: ElementTemplate.Shape) {
    self.all = all
    slots = (0..<(shape.cpus?.count ?? 1)).map { $0 * shape.slot }
    valueSize = shape.valueSize
  }

  /// The counter that is all of the value, if there is one.
  var only: Counter? { all.first.flatMap { $0.name.isEmpty ? $0 : nil } }

  /// The number in a value; of per-CPU maps, the sum of the CPUs' numbers.
  func number(_ counter: Counter, in value: Span<UInt8>) -> Int128 {
    slots.reduce(0) { $0 + counter.number(in: value.extracting($1..<$1 + valueSize)) }
  }

  /// By how much each number changed, all CPUs together, in place of what `differences` held.
  func compare(_ old: Span<UInt8>, _ new: Span<UInt8>, into differences: inout [Int128]) {
    differences.removeAll(keepingCapacity: true)
    for counter in all {
      var difference: Int128 = 0
      for slot in slots {
        let place = slot..<slot + valueSize
        difference += counter.difference(
          from: counter.number(in: old.extracting(place)), to: counter.number(in: new.extracting(place)))
      }
      differences.append(difference)
    }
  }
}
