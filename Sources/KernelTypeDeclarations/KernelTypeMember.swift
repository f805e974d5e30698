//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BTF

/// A member of a kernel structure that programs can access.
struct KernelTypeMember {
  /// The name in Swift.
  var name: String
  /// The names of the members from the structure to this one.
  var path: [String]
  var form: KernelTypeForm
  /// The Swift type of its values.
  var swiftType: String
  /// Whether the Swift type is that of another structure.
  var isStructure = false
}

extension KernelTypeMember {
  /// The largest array that is copied, which must fit on the stack of a program.
  private static let largestArray = 256

  /// The members of a structure.
  struct Members {
    /// Those that are wanted and have a form in Swift.
    var members: [KernelTypeMember] = []
    /// The names in C of all.
    var names: Set<String> = []
    /// The names that are wanted and found.
    var wanted: Set<String> = []
    /// The names that are wanted, with the reason why the member has no form in Swift.
    var refused: [String: String] = [:]
  }

  /// Returns the members of a structure, including those of anonymous members.
  ///
  /// - Parameters:
  ///   - fields: the names of the members in C that are wanted; empty for all.
  ///   - structures: the Swift names of the declared structures, by their names in C.
  static func all(of type: BTFType, fields: Set<String>, structures: [String: String]) -> Members {
    var members = Members()
    let structures = Structures(
      names: structures, argumentCount: type.name == "syscall_trace_enter" ? 6 : 0)
    add(type, [], fields, structures, depth: 0, to: &members)
    var scope = NameScope(reserved: ["address", "exists", "init", "pointer", "probed", "self"])
    for index in members.members.indices {
      let path = members.members[index].path.joined(separator: "_")
      members.members[index].name = scope.claim(SwiftName.member(path))
    }
    return members
  }

  /// What the members of a structure depend on.
  private struct Structures {
    /// The Swift names of the declared structures, by their names in C.
    var names: [String: String]
    /// The number of elements of an array without a length: the arguments of a system call, or 0.
    var argumentCount: Int
  }

  private static func add(
    _ type: BTFType, _ path: [String], _ fields: Set<String>, _ structures: Structures, depth: Int,
    to members: inout Members
  ) {
    // A deeper nesting can only be a type that contains itself.
    guard depth < 32 else { return }
    for member in type.members {
      guard let bare = member.type.unmodified else { continue }
      let path = member.name.isEmpty ? path : path + [member.name]
      let isWanted = fields.isEmpty || fields.contains(member.name)
      members.names.insert(member.name)
      let isRecord = bare.kind == .structure || bare.kind == .union
      if isRecord, member.name.isEmpty || bare.name.isEmpty {
        // The members of a wanted member are wanted.
        let isWanted = isWanted && !member.name.isEmpty
        if isWanted { members.wanted.insert(member.name) }
        add(bare, path, isWanted ? [] : fields, structures, depth: depth + 1, to: &members)
      } else if isWanted, !member.name.isEmpty {
        if let found = KernelTypeMember(member, bare, path, structures) {
          members.members.append(found)
          members.wanted.insert(member.name)
        } else {
          members.refused[member.name] = reason(bare)
        }
      }
    }
  }

  /// Returns why a member of a type has no form in Swift.
  private static func reason(_ type: BTFType) -> String {
    switch type.kind {
    case .structure, .union:
      "declare its type too: \(type.kind == .union ? "union" : "struct") \(type.name)"
    case .array: "it is an array of more than \(largestArray) bytes, or of structures that are not declared"
    default: "its type has no form in Swift"
    }
  }

  private init?(_ member: BTFType.Member, _ bare: BTFType, _ path: [String], _ structures: Structures) {
    (name, self.path) = ("", path)
    if member.bitCount != nil {
      let isSigned = bare.integer?.isSigned == true || bare.isSignedEnumeration
      form = .bits(isSigned: isSigned)
      swiftType = form.swiftName
    } else if bare.kind == .structure || bare.kind == .union {
      guard let structure = structures.names[bare.name] else { return nil }
      (form, swiftType, isStructure) = (.record, structure, true)
    } else if bare.kind == .array {
      guard let element = bare.target?.unmodified else { return nil }
      let count = bare.elementCount == 0 ? structures.argumentCount : bare.elementCount
      if let structure = structures.names[element.name], count > 0 {
        (form, swiftType, isStructure) = (.array(of: .record, count: count), structure, true)
        return
      }
      let byteCount = count.multipliedReportingOverflow(by: element.byteCount ?? 0)
      guard let form = KernelTypeForm(scalar: element), !byteCount.overflow,
        (1...KernelTypeMember.largestArray).contains(byteCount.partialValue)
      else { return nil }
      self.form = .array(of: form, count: count)
      swiftType = self.form.swiftName
    } else {
      guard let form = KernelTypeForm(scalar: bare) else { return nil }
      self.form = form
      let target = bare.kind == .pointer ? bare.target?.unmodified.flatMap { structures.names[$0.name] } : nil
      (swiftType, isStructure) = (target ?? form.swiftName, target != nil)
    }
  }
}

extension KernelTypeForm {
  /// The form of a number, enumeration or pointer; nil for other types.
  init?(scalar type: BTFType) {
    guard let byteCount = type.byteCount, [1, 2, 4, 8].contains(byteCount) else { return nil }
    switch type.kind {
    case .int:
      guard let integer = type.integer, integer.bitCount == byteCount * 8 else { return nil }
      // A character is an unsigned byte, whether or not the compiler makes it signed.
      let isSigned = integer.isSigned && !integer.isCharacter && type.name != "char"
      self = integer.isBoolean ? .boolean : .integer(byteCount: byteCount, isSigned: isSigned)
    case .enumeration, .enumeration64: self = .enumeration(byteCount: byteCount)
    case .pointer: self = .pointer
    default: return nil
    }
  }
}
