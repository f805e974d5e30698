//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// The members of a structure, union or section by their names, those of members without a name among them.
struct MemberLayout {
  /// A member's place in the outermost structure.
  struct Place {
    var type: BTFType
    /// Bits from the structure's beginning.
    var bitOffset: Int
    /// For a bit-field, how many bits.
    var bitCount: Int?
  }

  /// More than any structure has; types that are built to have more are no types to read values of.
  private static let maximumCount = 1 << 18

  private(set) var places: [String: Place] = [:]
  private var names: [String] = []
  private let described: String
  private var visited = 0

  /// Looks into a type; nil if it has more members than any structure has.
  init?(of type: BTFType) {
    described = type.described
    if type.kind == .dataSection {
      for variable in type.sectionVariables {
        add(variable.variable.name, Place(type: variable.variable, bitOffset: variable.byteOffset * 8))
      }
    } else {
      guard add(membersOf: type, at: 0, depth: 0) else { return nil }
    }
  }

  private mutating func add(membersOf type: BTFType, at bitOffset: Int, depth: Int) -> Bool {
    for member in type.members {
      visited += 1
      guard visited <= MemberLayout.maximumCount else { return false }
      if member.name.isEmpty, let inner = member.type.unmodified,
        inner.kind == .structure || inner.kind == .union, depth < BTFType.maximumDepth
      {
        guard add(membersOf: inner, at: bitOffset + member.byteOffset * 8, depth: depth + 1) else {
          return false
        }
        continue
      }
      add(
        member.name,
        Place(type: member.type, bitOffset: bitOffset + member.bitOffset, bitCount: member.bitCount))
    }
    return true
  }

  private mutating func add(_ name: String, _ place: Place) {
    guard places.updateValue(places[name] ?? place, forKey: name) == nil else { return }
    names.append(name)
  }

  /// That there is no member with a name, and which there are.
  func lack(of name: String) -> String {
    "\(described) has no member '\(name)'" + ValueReader.offer(names)
  }
}
