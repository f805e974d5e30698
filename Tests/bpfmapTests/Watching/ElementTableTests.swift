//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import Testing

@testable import bpfmap

/// Compares rounds without a map.
@Suite("Element table")
struct ElementTableTests {
  /// A table, and a dictionary with its expected elements.
  private struct Model {
    let keySize: Int
    let valueSize: Int
    var table: ElementTable
    var before: [[UInt8]: [UInt8]] = [:]

    init(keySize: Int, valueSize: Int) {
      (self.keySize, self.valueSize) = (keySize, valueSize)
      table = ElementTable(.init(keySize: keySize, valueSize: valueSize, cpus: nil))
    }

    /// Runs a round with the given elements, and removes all others.
    mutating func round(_ elements: [(key: [UInt8], value: [UInt8])]) {
      table.beginRound()
      for (key, value) in elements {
        let outcome = table.update(key.span, value.span)
        switch before[key] {
        case nil: #expect(outcome == .added)
        case value: #expect(outcome == .unchanged)
        case let old?: #expect(outcome == .changed && table.old == old)
        }
      }
      let now = Dictionary(uniqueKeysWithValues: elements.map { ($0.key, $0.value) })
      var (gone, key, index) = (Set<[UInt8]>(), [UInt8](), 0)
      while let unseen = table.nextUnseen(from: index, key: &key) {
        table.remove(at: unseen)
        #expect(table.old == before[key])
        gone.insert(key)
        index = unseen + 1
      }
      #expect(gone == Set(before.keys).subtracting(now.keys))
      #expect(table.count == now.count)
      before = now
    }
  }

  @Test("Finds elements that are added, changed, removed, and added again")
  func changes() {
    var model = Model(keySize: 1, valueSize: 2)
    model.round([])
    model.round([([1], [0, 1]), ([2], [0, 2])])
    model.round([([1], [0, 1]), ([2], [9, 2])])
    model.round([([2], [9, 2])])
    model.round([([3], [0, 3]), ([2], [9, 2]), ([1], [0, 1])])
    model.round([])
  }

  @Test("Finds random changes among a thousand elements", arguments: [(1, 1), (4, 8), (16, 3)])
  func random(keySize: Int, valueSize: Int) {
    var random = SystemRandomNumberGenerator()
    var model = Model(keySize: keySize, valueSize: valueSize)
    let keys = (0..<1000).map { number in
      (0..<keySize).map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) }
    }
    for round in 0..<20 {
      let present = Set(keys).filter { _ in Int.random(in: 0..<20, using: &random) >= round }
      let elements = present.shuffled(using: &random).map { key in
        let isKept = Bool.random(using: &random)
        let kept = isKept ? model.before[key] : nil
        return (key, kept ?? (0..<valueSize).map { _ in UInt8.random(in: 0...3, using: &random) })
      }
      model.round(elements)
    }
  }

  @Test("Compares the values of all CPUs, and ignores padding")
  func perCPU() {
    var table = ElementTable(.init(keySize: 1, valueSize: 4, cpus: [0, 1]))
    var value = [UInt8](repeating: 0, count: 16)
    let key: [UInt8] = [1]
    #expect(table.update(key.span, value.span) == .added)
    value[5] = 1
    #expect(table.update(key.span, value.span) == .unchanged)
    value[11] = 1
    #expect(table.update(key.span, value.span) == .changed)
    #expect(table.isSeen(key.span) == true)
    table.beginRound()
    #expect(table.isSeen(key.span) == false)
  }
}
