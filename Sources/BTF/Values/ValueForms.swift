//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// A preprocessed type, and the types it consists of, for writing values.
///
/// Each type occurs once and refers to others by index. Cyclic types remain cyclic, so the traversal is bounded.
struct ValueForms: Sendable {
  /// A type without typedefs and modifiers.
  struct Form {
    /// The size of a value in bytes; nil if it has none.
    let byteCount: Int?
    let kind: Kind
  }

  enum Kind {
    case integer(BTFType.IntegerEncoding)
    case enumeration(isSigned: Bool, [Name])
    case float
    case pointer
    case array(element: Int, stride: Int, count: Int, isText: Bool)
    case structure([Member])
    case variable(Int)
    case dataSection([Variable])
    /// A type without values.
    case none
  }

  /// An enumerator.
  struct Name {
    let bytes: [UInt8]
    let value: Int128
  }

  /// A member of a structure or union.
  struct Member {
    let name: [UInt8]
    let form: Int
    let bitOffset: Int
    let bitCount: Int?
    /// Whether it is anonymous, so that its members belong to the outer structure.
    let isMerged: Bool
  }

  struct Variable {
    let name: [UInt8]
    let form: Int
    let byteOffset: Int
  }

  /// Whether values are in the other byte order.
  let isSwapped: Bool

  /// The type itself, followed by all types that it consists of.
  private(set) var forms: [Form] = []

  init(of type: BTFType) {
    isSwapped = type.types.isByteSwapped
    var table = Table()
    _ = table.index(of: type)
    // Creating a form may append further types to the table.
    while forms.count < table.types.count { forms.append(table.form(of: table.types[forms.count])) }
  }
}

/// The types to create forms for, by index.
private struct Table {
  private(set) var types: [BTFType] = []
  private var indices: [Int: Int] = [:]

  mutating func index(of type: BTFType) -> Int {
    let plain = type.unmodified ?? type
    if let known = indices[plain.id] { return known }
    indices[plain.id] = types.count
    types.append(plain)
    return types.count - 1
  }

  mutating func form(of type: BTFType) -> ValueForms.Form {
    ValueForms.Form(byteCount: type.byteCount, kind: kind(of: type))
  }

  private mutating func kind(of type: BTFType) -> ValueForms.Kind {
    switch type.kind {
    case .int: return type.integer.map { .integer($0) } ?? .none
    case .enumeration, .enumeration64:
      let names = type.enumerators.map { ValueForms.Name(bytes: Array($0.name.utf8), value: $0.value) }
      return .enumeration(isSigned: type.isSignedEnumeration, names)
    case .float: return .float
    case .pointer: return .pointer
    case .array:
      guard let element = type.target, let stride = element.byteCount else { return .none }
      return .array(
        element: index(of: element), stride: stride, count: type.elementCount,
        isText: element.unmodified?.isCharacter == true)
    case .structure, .union: return .structure(type.members.map { member($0) })
    case .variable: return type.target.map { .variable(index(of: $0)) } ?? .none
    case .dataSection:
      return .dataSection(
        type.sectionVariables.map {
          .init(name: Array($0.variable.name.utf8), form: index(of: $0.variable), byteOffset: $0.byteOffset)
        })
    default: return .none
    }
  }

  private mutating func member(_ member: BTFType.Member) -> ValueForms.Member {
    let inner = member.type.unmodified?.kind
    return ValueForms.Member(
      name: Array(member.name.utf8), form: index(of: member.type), bitOffset: member.bitOffset,
      bitCount: member.bitCount,
      isMerged: member.name.isEmpty && (inner == .structure || inner == .union))
  }
}
