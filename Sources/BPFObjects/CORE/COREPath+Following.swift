//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BTF

extension COREPath {
  /// Finds the same path in a kernel type of the same name, by the names of members, wherever they are there.
  func followed(in candidate: BTFType) throws(COREObstacle) -> COREPath {
    var path = COREPath(root: candidate)
    var type = candidate
    for (depth, step) in steps.enumerated() {
      guard let here = type.unmodified else { throw .noSize(type) }
      switch step {
      case .enumerator(let local, let index):
        guard let found = here.firstEnumerator(named: local.nameReference(ofMember: index)) else {
          throw .absent
        }
        path.append(enumerator: found, of: here)
      case .member(let local, let index):
        type = try path.go(toMember: index, of: local, in: here)
      case .element(_, let index):
        var element = here
        if depth > 0 {
          guard here.kind == .array, let inner = here.target?.unmodified else { throw .nothingInside(here) }
          guard path.reaches(index, of: here) else { throw .outOfBounds(index, count: here.elementCount) }
          element = inner
        }
        guard path.append(element: element, index: index) else { throw .uncountable }
        type = element
      }
    }
    return path
  }

  /// Appends the member with a name, searching anonymous members recursively.
  ///
  /// - Returns: its type.
  private mutating func go(
    toMember index: Int, of local: BTFType, in target: BTFType
  ) throws(COREObstacle) -> BTFType {
    var search = COREMemberSearch(name: local.nameReference(ofMember: index))
    guard let wanted = local.members.dropFirst(index).first, let found = search.find(in: target) else {
      throw .absent
    }
    for (step, accessor) in found.enumerated() {
      guard
        append(
          member: accessor.index, of: accessor.type, bitOffset: accessor.member.bitOffset,
          isNamed: step == found.count - 1)
      else { throw .uncountable }
    }
    guard let type = found.last?.member.type else { throw .absent }
    guard wanted.type.canBeField(of: type) else { throw .otherType(local: wanted.type, target: type) }
    return type
  }
}

/// A search for a member by name, including anonymous members.
private struct COREMemberSearch {
  /// A member of a structure or union.
  struct Accessor {
    let type: BTFType
    let index: Int
    let member: BTFType.Member
  }

  let name: BTFName

  /// Types already searched without success, so that none is searched twice.
  private var searched: Set<Int> = []

  init(name: BTFName) { self.name = name }

  /// Returns the members that lead to the result, and the result last; nil if not found.
  mutating func find(in type: BTFType, depth: Int = 0) -> [Accessor]? {
    guard depth < COREPath.maximumLength, type.isComposite else { return nil }
    for index in 0..<type.members.count {
      let found = type.nameReference(ofMember: index)
      guard found.isEmpty || found == name, let member = type.members.dropFirst(index).first else { continue }
      let accessor = Accessor(type: type, index: index, member: member)
      guard found.isEmpty else { return [accessor] }
      guard let inner = member.type.unmodified, searched.insert(inner.id).inserted,
        let inside = find(in: inner, depth: depth + 1)
      else { continue }
      return [accessor] + inside
    }
    return nil
  }
}

extension BTFType {
  /// Returns the index of the first enumerator with a name, ignoring flavors.
  fileprivate func firstEnumerator(named name: BTFName) -> Int? {
    guard isEnumeration else { return nil }
    return (0..<enumerators.count).first { nameReference(ofMember: $0).hasSameEssentialName(as: name) }
  }

  /// Whether an access that was compiled for a field of this type may be made to a field of another type: any structure
  /// or union to any other, integers of any size, arrays by their elements.
  fileprivate func canBeField(of target: BTFType) -> Bool {
    var (local, target) = (unmodified, target.unmodified)
    for _ in 0..<COREPath.maximumLength {
      guard let one = local, let other = target else { return false }
      if one.isComposite, other.isComposite { return true }
      guard one.hasKind(of: other) else { return false }
      switch one.kind {
      case .pointer, .float: return true
      case .int: return one.integer?.bitOffset == 0 && other.integer?.bitOffset == 0
      case .forward, .enumeration, .enumeration64:
        let (name, otherName) = (one.nameReference, other.nameReference)
        return name.isEmpty || otherName.isEmpty || name.hasSameEssentialName(as: otherName)
      case .array: (local, target) = (one.target?.unmodified, other.target?.unmodified)
      default: return false
      }
    }
    return false
  }
}
