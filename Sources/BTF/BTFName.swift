//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// A name in the string section of a BTF object, compared and hashed without creating a string.
///
/// CO-RE compares tens of thousands of names, nearly all of them different.
package struct BTFName {
  /// The object that contains the name in its own strings.
  private let types: BTFTypes
  private let start: Int

  init(in types: BTFTypes, at offset: Int) {
    var (types, offset) = (types, offset)
    while offset < types.firstString, let base = types.base { types = base }
    (self.types, start) = (types, offset - types.firstString)
  }

  /// Returns a byte of the name, or the terminating NUL. Bytes after it are not accessed.
  private func byte(_ index: Int) -> UInt8 { types.nameByte(start + index) }

  /// Whether the name is empty.
  package var isEmpty: Bool { byte(0) == 0 }

  /// The number of bytes before `___` and a flavor, or of the whole name if it has no flavor.
  ///
  /// A program may declare several versions of a type, or two types of one name. It tells them apart by a flavor after
  /// three underscores: `task_struct___old`. Four underscores, or three at either end, are part of the name.
  package var essentialCount: Int { essential.count }

  /// The hash of the name without its flavor.
  package var essentialHash: UInt64 { essential.hash }

  private var essential: BTFTypes.EssentialName {
    var name = BTFTypes.EssentialName()
    var index = 0
    while byte(index) != 0 {
      name.add(byte(index))
      index += 1
    }
    return name
  }

  /// Returns whether two names are equal apart from their flavors.
  package func hasSameEssentialName(as other: BTFName) -> Bool {
    let length = essentialCount
    return length == other.essentialCount && (0..<length).allSatisfy { byte($0) == other.byte($0) }
  }
}

extension BTFName: Equatable {
  /// Returns whether two names are equal, including their flavors.
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
  /// The type's name, without creating a string.
  package var nameReference: BTFName {
    BTFName(in: types, at: id == 0 ? 0 : types.nameOffset(at: id - types.firstID))
  }

  /// Returns the name of the member of a structure or union, or of the enumerator, at an index; empty if there is none.
  package func nameReference(ofMember index: Int) -> BTFName {
    let stride: Int
    switch kind {
    case .structure, .union, .enumeration64: stride = 12
    case .enumeration: stride = 8
    default: return BTFName(in: types, at: 0)
    }
    let offset = Int(types.offsets[id - types.firstID])
    let count = Int(types.word(at: offset + 4) & 0xffff)
    let isValid = index >= 0 && index < count
    return BTFName(in: types, at: isValid ? Int(types.word(at: offset + 12 + index * stride)) : 0)
  }
}

// MARK: - Essential names

extension BTFTypes {
  /// Returns this object's own types that share a name with any type of another object, ignoring flavors.
  ///
  /// Makes one pass over the types, about two milliseconds for the kernel's, for any number of names.
  ///
  /// - Returns: ids, ascending, by hash of the name. Names may collide: compare those of the results.
  package func idsByEssentialName(sharedWith other: BTFTypes) -> [UInt64: [Int]] {
    var wanted: Set<UInt64> = []
    for index in other.offsets.indices {
      if let hash = other.essentialHash(at: index) { wanted.insert(hash) }
    }
    var found: [UInt64: [Int]] = [:]
    for index in offsets.indices {
      if let hash = essentialHash(at: index), wanted.contains(hash) {
        found[hash, default: []].append(firstID + index)
      }
    }
    return found
  }

  /// Returns a type's key in the result of `idsByEssentialName(sharedWith:)`.
  package func essentialHash(of type: BTFType) -> UInt64? {
    type.types === self && type.id >= firstID ? essentialHash(at: type.id - firstID) : nil
  }

  /// Returns the hash of a type's name without its flavor; nil if the type has no name, or its kind is never looked up.
  private func essentialHash(at index: Int) -> UInt64? {
    switch kind(at: index) {
    case .int, .structure, .union, .enumeration, .enumeration64, .forward, .typedef, .float: break
    default: return nil
    }
    let offset = nameOffset(at: index)
    guard offset >= firstString else { return base?.essentialHash(ofNameAt: offset) }
    return essentialHash(ofNameAt: offset)
  }

  private func essentialHash(ofNameAt offset: Int) -> UInt64? {
    guard offset >= firstString else { return base?.essentialHash(ofNameAt: offset) }
    var name = EssentialName()
    var index = offset - firstString
    while nameByte(index) != 0 {
      name.add(nameByte(index))
      index += 1
    }
    return name.count == 0 ? nil : name.hash
  }

  /// The name without its flavor, computed byte by byte.
  struct EssentialName {
    /// The hash (FNV-1a) of all bytes so far, and the hash before the last underscores.
    private var fullHash: UInt64 = 0xcbf2_9ce4_8422_2325
    private var fullCount = 0
    private var underscores = 0
    private var before: (hash: UInt64, count: Int) = (0, 0)
    private var flavored: (hash: UInt64, count: Int)?

    mutating func add(_ byte: UInt8) {
      if byte == UInt8(ascii: "_") {
        if underscores == 0 { before = (fullHash, fullCount) }
        underscores += 1
      } else {
        if underscores == 3, before.count > 0 { flavored = before }
        underscores = 0
      }
      fullHash = (fullHash ^ UInt64(byte)) &* 0x100_0000_01b3
      fullCount += 1
    }

    var hash: UInt64 { flavored?.hash ?? fullHash }
    var count: Int { flavored?.count ?? fullCount }
  }
}
