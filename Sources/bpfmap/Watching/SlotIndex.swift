//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// A hash table of element indices, with open addressing and linear probing.
struct SlotIndex {
  private static let empty: UInt32 = 0
  private static let removed = UInt32.max

  /// Each slot is an index plus one, `empty` or `removed`. The number of slots is a power of two.
  private var slots = [UInt32](repeating: empty, count: 64)
  /// The number of slots that are not empty.
  private var used = 0

  /// Whether the table must grow before the next insertion. A quarter of the slots stays empty, to keep searches short.
  var isFull: Bool { used >= slots.count / 4 * 3 }

  /// Returns the first index with a hash that satisfies a predicate; nil if there is none.
  func index(hash: Int, _ predicate: (Int) -> Bool) -> Int? {
    var slot = hash & (slots.count - 1)
    while slots[slot] != Self.empty {
      if slots[slot] != Self.removed, predicate(Int(slots[slot]) - 1) { return Int(slots[slot]) - 1 }
      slot = (slot + 1) & (slots.count - 1)
    }
    return nil
  }

  /// Inserts an index, which must not be in the table.
  mutating func insert(_ index: Int, hash: Int) {
    var slot = hash & (slots.count - 1)
    while slots[slot] != Self.empty && slots[slot] != Self.removed { slot = (slot + 1) & (slots.count - 1) }
    if slots[slot] == Self.empty { used += 1 }
    slots[slot] = UInt32(index + 1)
  }

  mutating func remove(_ index: Int, hash: Int) {
    var slot = hash & (slots.count - 1)
    while slots[slot] != Self.empty {
      if slots[slot] == UInt32(index + 1) {
        slots[slot] = Self.removed
        return
      }
      slot = (slot + 1) & (slots.count - 1)
    }
  }

  /// Enlarges the table, and inserts all indices again.
  ///
  /// - Parameters:
  ///   - count: The number of elements.
  ///   - forEachIndex: Passes each index and its hash to a closure.
  mutating func grow(for count: Int, _ forEachIndex: ((_ index: Int, _ hash: Int) -> Void) -> Void) {
    var grown = SlotIndex()
    var capacity = grown.slots.count
    while capacity / 4 * 3 < count * 3 / 2 + 1 { capacity *= 2 }
    grown.slots = [UInt32](repeating: Self.empty, count: capacity)
    // Free the old slots before filling the new ones.
    slots = []
    forEachIndex { grown.insert($0, hash: $1) }
    self = grown
  }
}
