//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// The places of elements by the hashes of their keys: open addressing, one step after the other.
struct SlotIndex {
  private static let empty: UInt32 = 0
  private static let removed = UInt32.max

  /// A place and one, `empty` or `removed`. As many as a power of two.
  private var slots = [UInt32](repeating: empty, count: 64)
  /// How many are not empty.
  private var used = 0

  /// Whether it must grow before another is put in. A quarter of it stays empty, so that a search ends soon.
  var isFull: Bool { used >= slots.count / 4 * 3 }

  /// The place that passes, among those of a hash.
  func place(hash: Int, _ isWanted: (Int) -> Bool) -> Int? {
    var slot = hash & (slots.count - 1)
    while slots[slot] != Self.empty {
      if slots[slot] != Self.removed, isWanted(Int(slots[slot]) - 1) { return Int(slots[slot]) - 1 }
      slot = (slot + 1) & (slots.count - 1)
    }
    return nil
  }

  /// Puts in a place that is not there.
  mutating func insert(_ place: Int, hash: Int) {
    var slot = hash & (slots.count - 1)
    while slots[slot] != Self.empty && slots[slot] != Self.removed { slot = (slot + 1) & (slots.count - 1) }
    if slots[slot] == Self.empty { used += 1 }
    slots[slot] = UInt32(place + 1)
  }

  mutating func remove(_ place: Int, hash: Int) {
    var slot = hash & (slots.count - 1)
    while slots[slot] != Self.empty {
      if slots[slot] == UInt32(place + 1) {
        slots[slot] = Self.removed
        return
      }
      slot = (slot + 1) & (slots.count - 1)
    }
  }

  /// Makes room, twice of what is needed, and is filled anew.
  ///
  /// - Parameter places: Tells all places.
  mutating func grow(for count: Int, _ places: ((_ place: Int, _ hash: Int) -> Void) -> Void) {
    var grown = SlotIndex()
    var capacity = grown.slots.count
    while capacity / 4 * 3 < count * 3 / 2 + 1 { capacity *= 2 }
    grown.slots = [UInt32](repeating: Self.empty, count: capacity)
    // What is replaced need not be there while its successor is filled.
    slots = []
    places { grown.insert($0, hash: $1) }
    self = grown
  }
}
