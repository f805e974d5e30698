//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// Types by their names, found out as far as was asked for.
///
/// Looking for a name goes through the types in their order, as anybody would, and remembers the hash of each name that
/// it comes by: no type is looked at twice, and a name that is found early costs little.
struct NameIndex {
  /// Open addressing: the hash above the number of a type, counted from 1; 0 where there is none.
  private var slots: [UInt64] = []
  private var usedCount = 0
  /// How many types were looked at.
  private var knownCount = 0

  /// The first of an object's own types that has a name and whose kind is right, counted from 0.
  mutating func first(
    named name: [UInt8], in types: BTFTypes, where isRight: (BTFKind) -> Bool
  ) -> Int? {
    let hash = NameIndex.hash(name)
    func fits(_ index: Int) -> Bool {
      isRight(types.kind(at: index)) && types.isName(at: types.nameOffset(at: index), name)
    }
    var found: Int?
    forEachKnown(hash) { index in
      if index < found ?? .max, fits(index) { found = index }
    }
    while found == nil, let next = learn(types, until: hash) {
      if fits(next) { found = next }
    }
    return found
  }

  /// All of an object's own types that have a name, ascending, counted from 0.
  mutating func all(named name: [UInt8], in types: BTFTypes) -> [Int] {
    let hash = NameIndex.hash(name)
    while learn(types, until: hash) != nil {}
    var found: [Int] = []
    forEachKnown(hash) { if types.isName(at: types.nameOffset(at: $0), name) { found.append($0) } }
    return found.sorted()
  }

  // MARK: - Learning

  /// Goes on through the types, up to the next whose name has a hash; nil if there is none.
  private mutating func learn(_ types: BTFTypes, until hash: UInt32) -> Int? {
    // What all types have in common is asked for once.
    let (offsets, sections, firstString) = (types.offsets, types.bytes, types.firstString)
    return unsafe sections.withBytes { bytes in
      while knownCount < offsets.count {
        let index = knownCount
        knownCount += 1
        let start = sections.types.lowerBound + Int(offsets[index])
        let place = Int(unsafe bytes.loadUnaligned(fromByteOffset: start, as: UInt32.self))
        guard place != 0 else { continue }
        let next =
          place >= firstString
          ? unsafe NameIndex.hash(bytes, from: sections.strings.lowerBound + place - firstString)
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

  // MARK: - Hashing

  /// The hash of a name: FNV-1a, a byte at a time; of its 64 bits the upper half is mixed best.
  static func hash(_ name: [UInt8]) -> UInt32 {
    var hash = seed
    for byte in name { hash = step(hash, byte) }
    return UInt32(hash >> 32)
  }

  /// The hash of the name that begins at an offset, and ends before a NUL, which must be there.
  @inline(__always)
  static func hash(_ bytes: UnsafeRawBufferPointer, from start: Int) -> UInt32 {
    var (hash, offset) = (seed, start)
    while true {
      let byte = unsafe bytes[offset]
      if byte == 0 { return UInt32(hash >> 32) }
      hash = step(hash, byte)
      offset += 1
    }
  }

  private static let seed: UInt64 = 0xcbf2_9ce4_8422_2325

  @inline(__always)
  private static func step(_ hash: UInt64, _ byte: UInt8) -> UInt64 {
    (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3
  }
}
