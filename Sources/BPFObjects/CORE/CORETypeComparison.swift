//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BTF

// Comparison of the object's types with the kernel's for CO-RE. The rules are those of tools/lib/bpf/relo_core.c in the
// kernel's sources, so that a program gets the same answers from every loader.

/// Compares types of two BTF objects. Compares each pair once, since untrusted types may be cyclic or deeply nested.
struct CORETypeComparison {
  /// The strictness of a comparison.
  enum Rule {
    /// Compatible kinds: for type-exists relocations.
    case compatible
    /// Equal in all members: for type-matches relocations.
    case matching
  }

  private struct Pair: Hashable {
    let local: Int
    let target: Int
    let isBehindPointer: Bool
  }

  /// The maximum depth of a comparison.
  private static let maximumDepth = 32

  private let rule: Rule
  private var known: [Pair: Bool] = [:]

  private init(_ rule: Rule) { self.rule = rule }

  /// Whether two types of the same name are equal by a rule. Types in a cycle never are.
  static func areSame(_ local: BTFType, _ target: BTFType, by rule: Rule) -> Bool {
    guard rule == .matching || local.hasKind(of: target) else { return false }
    var comparison = CORETypeComparison(rule)
    return comparison.areSame(local, target, isBehindPointer: false, depth: 0)
  }

  private mutating func areSame(
    _ local: BTFType, _ target: BTFType, isBehindPointer: Bool, depth: Int
  ) -> Bool {
    guard depth < Self.maximumDepth, let local = local.unmodified, let target = target.unmodified else {
      return false
    }
    let pair = Pair(local: local.id, target: target.id, isBehindPointer: isBehindPointer)
    if let known = known[pair] { return known }
    // Reaching this pair again during its comparison means a cycle.
    known[pair] = false
    let same =
      switch rule {
      case .compatible: areCompatible(local, target, depth: depth + 1)
      case .matching: areMatching(local, target, isBehindPointer: isBehindPointer, depth: depth + 1)
      }
    known[pair] = same
    return same
  }
}

// MARK: - Compatible types

extension CORETypeComparison {
  private mutating func areCompatible(_ local: BTFType, _ target: BTFType, depth: Int) -> Bool {
    guard local.hasKind(of: target) else { return false }
    switch local.kind {
    case .void, .structure, .union, .enumeration, .enumeration64, .forward: return true
    case .int: return local.integer?.bitOffset == 0 && target.integer?.bitOffset == 0
    case .pointer, .array: return areTargetsSame(local, target, isBehindPointer: false, depth: depth)
    case .functionPrototype: return areFunctionsSame(local, target, isBehindPointer: false, depth: depth)
    default: return false
    }
  }

  private mutating func areTargetsSame(
    _ local: BTFType, _ target: BTFType, isBehindPointer: Bool, depth: Int
  ) -> Bool {
    guard let inner = local.target, let other = target.target else { return false }
    return areSame(inner, other, isBehindPointer: isBehindPointer, depth: depth)
  }

  private mutating func areFunctionsSame(
    _ local: BTFType, _ target: BTFType, isBehindPointer: Bool, depth: Int
  ) -> Bool {
    guard local.parameters.count == target.parameters.count else { return false }
    for (parameter, other) in zip(local.parameters, target.parameters) {
      guard areSame(parameter.type, other.type, isBehindPointer: isBehindPointer, depth: depth) else {
        return false
      }
    }
    return areTargetsSame(local, target, isBehindPointer: isBehindPointer, depth: depth)
  }
}

// MARK: - Matching types

extension CORETypeComparison {
  private mutating func areMatching(
    _ local: BTFType, _ target: BTFType, isBehindPointer: Bool, depth: Int
  ) -> Bool {
    guard local.nameReference.hasSameEssentialName(as: target.nameReference) else { return false }
    switch local.kind {
    case .forward, .structure, .union:
      // Behind a pointer, only the name and whether it is a union are compared.
      if isBehindPointer { return local.namesUnion != nil && local.namesUnion == target.namesUnion }
      guard local.kind == target.kind, local.namesUnion == target.namesUnion else { return false }
      return local.kind == .forward || areMembersMatching(local, target, depth: depth)
    case .enumeration, .enumeration64: return target.isEnumeration && areEnumeratorsMatching(local, target)
    case let kind where kind != target.kind: return false
    case .void: return true
    case .int:
      return local.byteCount == target.byteCount && local.integer?.isSigned == target.integer?.isSigned
    case .pointer: return areTargetsSame(local, target, isBehindPointer: true, depth: depth)
    case .array:
      return local.elementCount == target.elementCount
        && areTargetsSame(local, target, isBehindPointer: isBehindPointer, depth: depth)
    case .functionPrototype:
      return areFunctionsSame(local, target, isBehindPointer: isBehindPointer, depth: depth)
    default: return false
    }
  }

  /// Whether the kernel's type has each member; it may have more.
  private mutating func areMembersMatching(_ local: BTFType, _ target: BTFType, depth: Int) -> Bool {
    guard local.members.count <= target.members.count else { return false }
    let (others, indices) = (Array(target.members), target.indicesByEssentialHash(target.members.count))
    for (index, member) in local.members.enumerated() {
      let name = local.nameReference(ofMember: index)
      var isThere = false
      for candidate in indices[name.essentialHash] ?? []
      where !isThere && name.hasSameEssentialName(as: target.nameReference(ofMember: candidate)) {
        isThere = areSame(member.type, others[candidate].type, isBehindPointer: false, depth: depth)
      }
      guard isThere else { return false }
    }
    return true
  }

  /// Whether the kernel's type has each enumerator, with any value.
  private func areEnumeratorsMatching(_ local: BTFType, _ target: BTFType) -> Bool {
    guard local.byteCount == target.byteCount, local.enumerators.count <= target.enumerators.count else {
      return false
    }
    let indices = target.indicesByEssentialHash(target.enumerators.count)
    return (0..<local.enumerators.count).allSatisfy { index in
      let name = local.nameReference(ofMember: index)
      return indices[name.essentialHash]?.contains {
        name.hasSameEssentialName(as: target.nameReference(ofMember: $0))
      }
        ?? false
    }
  }
}

extension BTFType {
  /// Whether both have the same kind; 32-bit and 64-bit enumerations count as equal.
  func hasKind(of other: BTFType) -> Bool { kind == other.kind || (isEnumeration && other.isEnumeration) }

  /// Whether it is a union or a forward declaration of one; nil if it is neither structure nor union.
  fileprivate var namesUnion: Bool? {
    switch kind {
    case .structure: false
    case .union: true
    case .forward: isForwardOfUnion
    default: nil
    }
  }

  /// Returns the indices of members or enumerators, by the hash of their names.
  fileprivate func indicesByEssentialHash(_ count: Int) -> [UInt64: [Int]] {
    Dictionary(grouping: 0..<count) { nameReference(ofMember: $0).essentialHash }
  }
}
