//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// An index of types by name, built incrementally by searches.
///
/// A search visits the types of its kind in order and stores the hash of each name, so no name is read twice, and
/// finding an early one costs little. Names of other kinds, in the kernel mostly functions, are not read.
struct NameIndex {
  private var kinds = [KnownNames](repeating: KnownNames(), count: BTFKind.allCases.count)

  /// Returns the index of the object's first own type of a kind with the given name.
  mutating func first(_ kind: BTFKind, named name: [UInt8], in types: BTFTypes) -> Int? {
    kinds[Int(kind.rawValue)].first(kind, named: name, in: types)
  }

  /// Returns the indices of all of the object's own types with the given name, ascending.
  mutating func all(named name: [UInt8], in types: BTFTypes) -> [Int] {
    BTFKind.allCases.flatMap { kinds[Int($0.rawValue)].all($0, named: name, in: types) }.sorted()
  }
}

/// The known names of the types of one kind.
private struct KnownNames {
  /// A hash table with open addressing. An entry has the name's hash above the type's index plus 1; 0 is an empty slot.
  private var slots: [UInt64] = []
  private var usedCount = 0
  /// The number of types visited, of any kind.
  private var passedCount = 0

  mutating func first(_ kind: BTFKind, named name: [UInt8], in types: BTFTypes) -> Int? {
    let hash = NameHash.of(name)
    var found: Int?
    forEachKnown(hash) { index in
      if index < found ?? .max, types.isName(at: types.nameOffset(at: index), name) { found = index }
    }
    while found == nil, let next = learn(kind, types, until: hash) {
      if types.isName(at: types.nameOffset(at: next), name) { found = next }
    }
    return found
  }

  mutating func all(_ kind: BTFKind, named name: [UInt8], in types: BTFTypes) -> [Int] {
    let hash = NameHash.of(name)
    while learn(kind, types, until: hash) != nil {}
    var found: [Int] = []
    forEachKnown(hash) { if types.isName(at: types.nameOffset(at: $0), name) { found.append($0) } }
    return found
  }
}

// MARK: - Indexing

extension KnownNames {
  /// Indexes further types, up to the next one with this hash. Returns nil at the end.
  private mutating func learn(_ kind: BTFKind, _ types: BTFTypes, until hash: UInt32) -> Int? {
    // Read these properties once for all types.
    let (offsets, kinds, sections, firstString) = (types.offsets, types.kinds, types.bytes, types.firstString)
    return unsafe sections.withBytes { bytes in
      while passedCount < kinds.count {
        let index = passedCount
        passedCount += 1
        guard kinds[index] == kind else { continue }
        let start = sections.types.lowerBound + Int(offsets[index])
        let offset = Int(unsafe bytes.loadUnaligned(fromByteOffset: start, as: UInt32.self))
        guard offset != 0 else { continue }
        let next =
          offset >= firstString
          ? unsafe NameHash.of(bytes, from: sections.strings.lowerBound + offset - firstString)
          : types.hashOfName(at: offset)
        insert(UInt64(next) << 32 | UInt64(index + 1))
        if next == hash { return index }
      }
      return nil
    }
  }

  private mutating func insert(_ entry: UInt64) {
    if usedCount * 4 >= slots.count * 3 { grow() }
    usedCount += 1
    put(entry)
  }

  private mutating func put(_ entry: UInt64) {
    let mask = slots.count - 1
    var slot = Int(entry >> 32) & mask
    while slots[slot] != 0 { slot = (slot + 1) & mask }
    slots[slot] = entry
  }

  private mutating func grow() {
    let old = slots
    slots = [UInt64](repeating: 0, count: max(1024, old.count * 2))
    for entry in old where entry != 0 { put(entry) }
  }

  private func forEachKnown(_ hash: UInt32, _ body: (Int) -> Void) {
    guard !slots.isEmpty else { return }
    let mask = slots.count - 1
    var slot = Int(hash) & mask
    while slots[slot] != 0 {
      if slots[slot] >> 32 == hash { body(Int(slots[slot] & 0xffff_ffff) - 1) }
      slot = (slot + 1) & mask
    }
  }
}
