//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// What a walk through values wants to know of their type, and of the types it is made of.
///
/// Each type is looked at once, and refers to others by their place in the table: types that are built in a circle
/// are a circle here too, and the walk is bounded.
struct ValueForms: Sendable {
  /// A type without its other names and modifiers.
  struct Form {
    /// Bytes of a value; nil if it has none.
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

  /// A name of an enumeration.
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
    /// Whether it has no name, and its members count as those of the structure it is in.
    let isMerged: Bool
  }

  struct Variable {
    let name: [UInt8]
    let form: Int
    let byteOffset: Int
  }

  /// Whether the values are of a machine of the other byte order.
  let isSwapped: Bool

  /// The type itself, and behind it all that it is made of.
  private(set) var forms: [Form] = []

  init(of type: BTFType) {
    isSwapped = type.types.isByteSwapped
    var table = Table()
    _ = table.place(of: type)
    // What a type is made of joins the table behind it.
    while forms.count < table.types.count { forms.append(table.form(of: table.types[forms.count])) }
  }
}

/// The types of which a form is wanted, each at its place.
private struct Table {
  private(set) var types: [BTFType] = []
  private var places: [Int: Int] = [:]

  mutating func place(of type: BTFType) -> Int {
    let plain = type.unmodified ?? type
    if let known = places[plain.id] { return known }
    places[plain.id] = types.count
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
        element: place(of: element), stride: stride, count: type.elementCount,
        isText: element.unmodified?.isCharacter == true)
    case .structure, .union: return .structure(type.members.map { member($0) })
    case .variable: return type.target.map { .variable(place(of: $0)) } ?? .none
    case .dataSection:
      return .dataSection(
        type.sectionVariables.map {
          .init(name: Array($0.variable.name.utf8), form: place(of: $0.variable), byteOffset: $0.byteOffset)
        })
    default: return .none
    }
  }

  private mutating func member(_ member: BTFType.Member) -> ValueForms.Member {
    let inner = member.type.unmodified?.kind
    return ValueForms.Member(
      name: Array(member.name.utf8), form: place(of: member.type), bitOffset: member.bitOffset,
      bitCount: member.bitCount,
      isMerged: member.name.isEmpty && (inner == .structure || inner == .union))
  }
}
