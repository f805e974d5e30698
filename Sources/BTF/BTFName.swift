//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// A name where it stands among those of a BTF object: compared and hashed without making a string of it.
///
/// CO-RE compares names by the ten thousand, and nearly all of them are different.
package struct BTFName {
  /// The object whose own names it is among.
  private let types: BTFTypes
  private let start: Int

  init(in types: BTFTypes, at place: Int) {
    var (types, place) = (types, place)
    while place < types.firstString, let base = types.base { types = base }
    (self.types, start) = (types, place - types.firstString)
  }

  /// A byte of it, or the NUL that ends it, behind which nobody asks.
  private func byte(_ index: Int) -> UInt8 { types.nameByte(start + index) }

  /// Whether there is no name.
  package var isEmpty: Bool { byte(0) == 0 }

  /// How many bytes of it are its essence: all before `___` and a flavour, or all if it has none.
  ///
  /// A program that knows a type in several versions, or two types of one name, tells them apart by what follows three
  /// underscores: `task_struct___old`. Four, or three at either end, are part of a name.
  package var essentialCount: Int { essence.count }

  /// A hash of its essence.
  package var essenceHash: UInt64 { essence.hash }

  private var essence: BTFTypes.Essence {
    var essence = BTFTypes.Essence()
    var index = 0
    while byte(index) != 0 {
      essence.add(byte(index))
      index += 1
    }
    return essence
  }

  /// Whether both are the same but for their flavours.
  package func hasSameEssence(as other: BTFName) -> Bool {
    let length = essentialCount
    return length == other.essentialCount && (0..<length).allSatisfy { byte($0) == other.byte($0) }
  }
}

extension BTFName: Equatable {
  /// Whether both are the same, flavours and all.
  package static func == (one: BTFName, other: BTFName) -> Bool {
    var index = 0
    while one.byte(index) == other.byte(index) {
      if one.byte(index) == 0 { return true }
      index += 1
    }
    return false
  }
}

extension BTFType {
  /// The type's name.
  package var placedName: BTFName {
    BTFName(in: types, at: id == 0 ? 0 : types.nameOffset(at: id - types.firstID))
  }

  /// The name of the structure's or union's member, or the enumeration's enumerator, at an index; empty if there is
  /// none.
  package func placedName(ofPart index: Int) -> BTFName {
    let stride: Int
    switch kind {
    case .structure, .union, .enumeration64: stride = 12
    case .enumeration: stride = 8
    default: return BTFName(in: types, at: 0)
    }
    let offset = Int(types.offsets[id - types.firstID])
    let count = Int(types.word(at: offset + 4) & 0xffff)
    let isThere = index >= 0 && index < count
    return BTFName(in: types, at: isThere ? Int(types.word(at: offset + 12 + index * stride)) : 0)
  }
}

// MARK: - Types by their essential names

extension BTFTypes {
  /// Finds all types of this object, without its base's, that have the name of some type of another object, flavours
  /// left out on both sides.
  ///
  /// One pass over the types, that of the kernel's takes about two milliseconds, for any number of names.
  ///
  /// - Returns: ids, ascending, by a hash of the name. Two names may have one hash: compare what is found.
  package func idsByEssence(sharedWith other: BTFTypes) -> [UInt64: [Int]] {
    var wanted: Set<UInt64> = []
    for index in other.offsets.indices {
      if let hash = other.essence(at: index) { wanted.insert(hash) }
    }
    var found: [UInt64: [Int]] = [:]
    for index in offsets.indices {
      if let hash = essence(at: index), wanted.contains(hash) {
        found[hash, default: []].append(firstID + index)
      }
    }
    return found
  }

  /// The hash under which `idsByEssence(sharedWith:)` has types named as one of this object.
  package func essence(of type: BTFType) -> UInt64? {
    type.types === self && type.id >= firstID ? essence(at: type.id - firstID) : nil
  }

  /// The hash of a type's name without its flavour; nil if it has none, or is of a kind that nothing is looked up in.
  private func essence(at index: Int) -> UInt64? {
    switch kind(at: index) {
    case .int, .structure, .union, .enumeration, .enumeration64, .forward, .typedef, .float: break
    default: return nil
    }
    let place = nameOffset(at: index)
    guard place >= firstString else { return base?.essence(ofNameAt: place) }
    return essence(ofNameAt: place)
  }

  private func essence(ofNameAt place: Int) -> UInt64? {
    guard place >= firstString else { return base?.essence(ofNameAt: place) }
    var essence = Essence()
    var index = place - firstString
    while nameByte(index) != 0 {
      essence.add(nameByte(index))
      index += 1
    }
    return essence.count == 0 ? nil : essence.hash
  }

  /// What of a name is not its flavour, its bytes added one by one.
  struct Essence {
    /// What the whole of the bytes comes to (FNV-1a), and what came before the last underscores.
    private var whole: UInt64 = 0xcbf2_9ce4_8422_2325
    private var wholeCount = 0
    private var underscores = 0
    private var before: (hash: UInt64, count: Int) = (0, 0)
    private var flavoured: (hash: UInt64, count: Int)?

    mutating func add(_ byte: UInt8) {
      if byte == UInt8(ascii: "_") {
        if underscores == 0 { before = (whole, wholeCount) }
        underscores += 1
      } else {
        if underscores == 3, before.count > 0 { flavoured = before }
        underscores = 0
      }
      whole = (whole ^ UInt64(byte)) &* 0x100_0000_01b3
      wholeCount += 1
    }

    var hash: UInt64 { flavoured?.hash ?? whole }
    var count: Int { flavoured?.count ?? wholeCount }
  }
}
