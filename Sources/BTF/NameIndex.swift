//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// Types by their names, found out as far as was asked for.
///
/// Looking for a name goes through the types of its kind in their order, as anybody would, and remembers the hash of each
/// name that it comes by: no name is looked at twice, and one that is found early costs little. Names of other kinds,
/// which in the kernel are mostly functions, are not looked at.
struct NameIndex {
  private var kinds = [KnownNames](repeating: KnownNames(), count: BTFKind.allCases.count)

  /// The first of an object's own types of a kind that has a name, counted from 0.
  mutating func first(_ kind: BTFKind, named name: [UInt8], in types: BTFTypes) -> Int? {
    kinds[Int(kind.rawValue)].first(kind, named: name, in: types)
  }

  /// All of an object's own types that have a name, ascending, counted from 0.
  mutating func all(named name: [UInt8], in types: BTFTypes) -> [Int] {
    BTFKind.allCases.flatMap { kinds[Int($0.rawValue)].all($0, named: name, in: types) }.sorted()
  }
}

/// The names of the types of one kind, as far as they are known.
private struct KnownNames {
  /// Open addressing: the hash above the number of a type, counted from 1; 0 where there is none.
  private var slots: [UInt64] = []
  private var usedCount = 0
  /// How many types were looked at, of whatever kind.
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

// MARK: - Learning

extension KnownNames {
  /// Goes on through the types, up to the next whose name has a hash; nil if there is none.
  private mutating func learn(_ kind: BTFKind, _ types: BTFTypes, until hash: UInt32) -> Int? {
    // What all types have in common is asked for once.
    let (offsets, kinds, sections, firstString) = (types.offsets, types.kinds, types.bytes, types.firstString)
    return unsafe sections.withBytes { bytes in
      while passedCount < kinds.count {
        let index = passedCount
        passedCount += 1
        guard kinds[index] == kind else { continue }
        let start = sections.types.lowerBound + Int(offsets[index])
        let place = Int(unsafe bytes.loadUnaligned(fromByteOffset: start, as: UInt32.self))
        guard place != 0 else { continue }
        let next =
          place >= firstString
          ? unsafe NameHash.of(bytes, from: sections.strings.lowerBound + place - firstString)
          : types.hashOfName(at: place)
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
