//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// The elements of a map as they were seen last, to be compared with what is seen next.
///
/// It is updated in place, so that watching takes one copy of the map, and not one for each of two rounds. Keys and
/// values lie in two flat buffers, found through a table of places with open addressing: 4 bytes for each element to
/// mark the round in which it was seen, and 5 to 16 for the table. Nothing is allocated for a single element.
struct ElementTable {
  enum Finding { case added, changed, unchanged }

  private let shape: ElementTemplate.Shape
  /// Bytes from one element's value to the next, those of all CPUs.
  private let stride: Int

  /// How many elements there are.
  private(set) var count = 0
  /// The value that the latest change or removal ended.
  private(set) var old: [UInt8] = []

  private var keys: [UInt8] = []
  private var values: [UInt8] = []
  /// For each place the round in which its element was seen last; 0 if there is none.
  private var rounds: [UInt32] = []
  private var free: [Int] = []
  private var round: UInt32 = 1

  private var index = SlotIndex()
  /// Where the next key stands if the kernel's order is the one of the round before, which it mostly is: then nothing
  /// needs to be hashed.
  private var expected = 0

  init(_ shape: ElementTemplate.Shape) {
    self.shape = shape
    stride = shape.slot * (shape.cpus?.count ?? 1)
  }

  /// Begins a passage through the map: from now on no element has been seen.
  mutating func beginRound() {
    round = round == .max ? 1 : round + 1
    expected = 0
  }

  /// Takes in an element as the map has it. A value that it had before is then in ``old``.
  mutating func note(_ key: Span<UInt8>, _ value: Span<UInt8>) -> Finding {
    guard let place = place(of: key) else {
      add(key, value)
      return .added
    }
    rounds[place] = round
    expected = place + 1
    guard differs(value, at: place) else { return .unchanged }
    keepValue(at: place)
    for offset in 0..<stride { values[place * stride + offset] = value[offset] }
    return .changed
  }

  /// Whether an element has been taken in in this round.
  func isSeen(_ key: Span<UInt8>) -> Bool { place(of: key).map { rounds[$0] == round } ?? false }

  /// Lends the first element, from a place on, that has not been seen in this round.
  ///
  /// - Parameter key: gets its key.
  /// - Returns: its place; nil if there is none.
  func nextUnseen(from place: Int, key: inout [UInt8]) -> Int? {
    guard let place = rounds[place...].firstIndex(where: { $0 != 0 && $0 != round }) else { return nil }
    key.removeAll(keepingCapacity: true)
    key += keys[place * shape.keySize..<(place + 1) * shape.keySize]
    return place
  }

  /// Takes an element out. The value that it had is then in ``old``.
  mutating func remove(at place: Int) {
    keepValue(at: place)
    index.remove(place, hash: hash(at: place))
    rounds[place] = 0
    free.append(place)
    count -= 1
  }

  private mutating func keepValue(at place: Int) {
    old.removeAll(keepingCapacity: true)
    old += values[place * stride..<(place + 1) * stride]
  }

  /// Whether a value is another one. What fills up a CPU's value to 8 bytes does not count.
  private func differs(_ value: Span<UInt8>, at place: Int) -> Bool {
    for slot in Swift.stride(from: 0, to: stride, by: max(shape.slot, 1)) {
      let start = place * stride + slot
      for offset in 0..<shape.valueSize where values[start + offset] != value[slot + offset] { return true }
    }
    return false
  }
}

// MARK: - Places

extension ElementTable {
  private func place(of key: Span<UInt8>) -> Int? {
    if expected < rounds.count, rounds[expected] != 0, isKey(key, at: expected) { return expected }
    return index.place(hash: Self.hash(key)) { isKey(key, at: $0) }
  }

  private func isKey(_ key: Span<UInt8>, at place: Int) -> Bool {
    let start = place * shape.keySize
    for offset in 0..<shape.keySize where keys[start + offset] != key[offset] { return false }
    return true
  }

  private mutating func add(_ key: Span<UInt8>, _ value: Span<UInt8>) {
    if index.isFull { index.grow(for: count) { [self] insert in forEachPlace(insert) } }
    let place = free.popLast() ?? rounds.count
    if place == rounds.count {
      rounds.append(round)
      for offset in 0..<shape.keySize { keys.append(key[offset]) }
      for offset in 0..<stride { values.append(value[offset]) }
    } else {
      rounds[place] = round
      for offset in 0..<shape.keySize { keys[place * shape.keySize + offset] = key[offset] }
      for offset in 0..<stride { values[place * stride + offset] = value[offset] }
    }
    index.insert(place, hash: Self.hash(key))
    expected = place + 1
    count += 1
  }

  private func forEachPlace(_ body: (_ place: Int, _ hash: Int) -> Void) {
    for place in rounds.indices where rounds[place] != 0 { body(place, hash(at: place)) }
  }

  private func hash(at place: Int) -> Int {
    Self.hash(keys.span.extracting(place * shape.keySize..<(place + 1) * shape.keySize))
  }

  /// Hashes with the process's own seed: who chooses the keys, mostly somebody on the network, cannot make them meet.
  private static func hash(_ key: Span<UInt8>) -> Int {
    var hasher = Hasher()
    // The hasher takes whole buffers only by pointer, and does not keep it.
    unsafe key.withUnsafeBytes { unsafe hasher.combine(bytes: $0) }
    return hasher.finalize()
  }
}
