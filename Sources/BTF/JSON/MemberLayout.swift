//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// The members of a structure, union or section by name, including those of anonymous members.
struct MemberLayout {
  /// A member's location in the outermost structure.
  struct Member {
    var type: BTFType
    /// The offset in the structure, in bits.
    var bitOffset: Int
    /// The number of bits of a bit-field; nil for other members.
    var bitCount: Int?
  }

  /// A limit beyond that of any real structure. Types with more members are rejected.
  private static let maximumCount = 1 << 18

  private(set) var members: [String: Member] = [:]
  private var names: [String] = []
  private let described: String
  private var visited = 0

  /// Collects the members of a type; nil if it exceeds the limit.
  init?(of type: BTFType) {
    described = type.described
    if type.kind == .dataSection {
      for variable in type.sectionVariables {
        add(variable.variable.name, Member(type: variable.variable, bitOffset: variable.byteOffset * 8))
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
        Member(type: member.type, bitOffset: bitOffset + member.bitOffset, bitCount: member.bitCount))
    }
    return true
  }

  private mutating func add(_ name: String, _ member: Member) {
    guard members.updateValue(members[name] ?? member, forKey: name) == nil else { return }
    names.append(name)
  }

  /// Returns the message for an unknown member, which lists the known ones.
  func unknownMember(_ name: String) -> String {
    "\(described) has no member '\(name)'" + ValueReader.list(names)
  }
}
