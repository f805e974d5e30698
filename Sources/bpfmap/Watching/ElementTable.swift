//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// The last known elements of a map, for comparison with the next round.
///
/// The table is updated in place, so that it holds one copy of the map and not two. Keys and values are stored in two
/// flat buffers, indexed by a hash table with open addressing. Each element also takes 4 bytes for the round in which
/// it was last seen, and 5 to 16 bytes in the hash table. Single elements are not allocated.
struct ElementTable {
  enum Outcome { case added, changed, unchanged }

  private let shape: ElementTemplate.Shape
  /// The distance from one element's value to the next, in bytes, including all CPUs.
  private let stride: Int

  /// The number of elements.
  private(set) var count = 0
  /// The value before the latest change or removal.
  private(set) var old: [UInt8] = []

  private var keys: [UInt8] = []
  private var values: [UInt8] = []
  /// The latest round of each element; 0 for unused indices.
  private var rounds: [UInt32] = []
  private var free: [Int] = []
  private var round: UInt32 = 1

  private var slots = SlotIndex()
  /// The index of the next key if the order is that of the previous round, which is likely. Its key is compared without
  /// hashing.
  private var expected = 0

  init(_ shape: ElementTemplate.Shape) {
    self.shape = shape
    stride = shape.slot * (shape.cpus?.count ?? 1)
  }

  /// Begins a round. From now on, all elements count as unseen.
  mutating func beginRound() {
    round = round == .max ? 1 : round + 1
    expected = 0
  }

  /// Adds or updates an element. After a change, ``old`` is its previous value.
  mutating func update(_ key: Span<UInt8>, _ value: Span<UInt8>) -> Outcome {
    guard let index = index(of: key) else {
      add(key, value)
      return .added
    }
    rounds[index] = round
    expected = index + 1
    guard differs(value, at: index) else { return .unchanged }
    saveValue(at: index)
    for offset in 0..<stride { values[index * stride + offset] = value[offset] }
    return .changed
  }

  /// Returns whether an element has been seen in this round.
  func isSeen(_ key: Span<UInt8>) -> Bool { index(of: key).map { rounds[$0] == round } ?? false }

  /// Returns the first element, starting at an index, that has not been seen in this round.
  ///
  /// - Parameters:
  ///   - index: The index at which to start.
  ///   - key: Receives the element's key.
  /// - Returns: The element's index; nil if there is none.
  func nextUnseen(from index: Int, key: inout [UInt8]) -> Int? {
    guard let index = rounds[index...].firstIndex(where: { $0 != 0 && $0 != round }) else { return nil }
    key.removeAll(keepingCapacity: true)
    key += keys[index * shape.keySize..<(index + 1) * shape.keySize]
    return index
  }

  /// Removes an element. Afterwards, ``old`` is its value.
  mutating func remove(at index: Int) {
    saveValue(at: index)
    slots.remove(index, hash: hash(at: index))
    rounds[index] = 0
    free.append(index)
    count -= 1
  }

  private mutating func saveValue(at index: Int) {
    old.removeAll(keepingCapacity: true)
    old += values[index * stride..<(index + 1) * stride]
  }

  /// Returns whether a value differs from the stored one, ignoring the padding of CPUs' values to 8 bytes.
  private func differs(_ value: Span<UInt8>, at index: Int) -> Bool {
    for slot in Swift.stride(from: 0, to: stride, by: max(shape.slot, 1)) {
      let start = index * stride + slot
      for offset in 0..<shape.valueSize where values[start + offset] != value[slot + offset] { return true }
    }
    return false
  }
}

// MARK: - Indices

extension ElementTable {
  private func index(of key: Span<UInt8>) -> Int? {
    if expected < rounds.count, rounds[expected] != 0, isKey(key, at: expected) { return expected }
    return slots.index(hash: Self.hash(key)) { isKey(key, at: $0) }
  }

  private func isKey(_ key: Span<UInt8>, at index: Int) -> Bool {
    let start = index * shape.keySize
    for offset in 0..<shape.keySize where keys[start + offset] != key[offset] { return false }
    return true
  }

  private mutating func add(_ key: Span<UInt8>, _ value: Span<UInt8>) {
    if slots.isFull { slots.grow(for: count) { [self] insert in forEachElement(insert) } }
    let index = free.popLast() ?? rounds.count
    if index == rounds.count {
      rounds.append(round)
      for offset in 0..<shape.keySize { keys.append(key[offset]) }
      for offset in 0..<stride { values.append(value[offset]) }
    } else {
      rounds[index] = round
      for offset in 0..<shape.keySize { keys[index * shape.keySize + offset] = key[offset] }
      for offset in 0..<stride { values[index * stride + offset] = value[offset] }
    }
    slots.insert(index, hash: Self.hash(key))
    expected = index + 1
    count += 1
  }

  private func forEachElement(_ body: (_ index: Int, _ hash: Int) -> Void) {
    for index in rounds.indices where rounds[index] != 0 { body(index, hash(at: index)) }
  }

  private func hash(at index: Int) -> Int {
    Self.hash(keys.span.extracting(index * shape.keySize..<(index + 1) * shape.keySize))
  }

  /// Hashes a key with a per-process seed, so that an attacker who chooses keys cannot cause collisions.
  private static func hash(_ key: Span<UInt8>) -> Int {
    var hasher = Hasher()
    // The hasher accepts buffers only as pointers, and does not keep them.
    unsafe key.withUnsafeBytes { unsafe hasher.combine(bytes: $0) }
    return hasher.finalize()
  }
}
