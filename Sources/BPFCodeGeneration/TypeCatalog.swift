//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BTF
internal import KernelTypeDeclarations

/// The types of an object's maps and variables, each declared once.
struct TypeCatalog {
  /// The declarations, in order of first use.
  private(set) var declarations: [TypeDeclaration] = []

  /// The representations of declared types, by type ID.
  private var forms: [Int: SwiftForm] = [:]
  private var names: NameScope

  /// The maximum size of a type that is represented as a Swift value.
  static let largestSize = 16_384

  /// - Parameter names: the names that are taken in the scope of the declarations.
  init(names: NameScope) { self.names = names }

  /// Returns the representation of a type's values, or `nil` if the type has no values or is too large.
  ///
  /// - Parameter context: the name for the type if it is anonymous.
  mutating func form(of type: BTFType, in context: String) -> SwiftForm? {
    guard let bare = type.unmodified, let size = type.byteCount, (1...TypeCatalog.largestSize).contains(size)
    else { return nil }
    if let form = NetworkForm.form(of: type), form.size == size { return form }
    switch bare.kind {
    case .int: return integer(bare, size)
    case .pointer: return .unsigned(8)
    case .float: return float(size)
    case .array:
      guard let element = bare.target, let form = form(of: element, in: context) else { return .bytes(size) }
      return .array(of: form, bare.elementCount)
    case .enumeration, .enumeration64, .structure, .union:
      return declared(bare, size, named: type.ownName ?? context)
    default: return nil
    }
  }

  /// Whether a type is declared.
  func isDeclared(_ type: BTFType) -> Bool { forms[type.id] != nil }

  /// Claims a name unless it is taken, and returns whether it did.
  mutating func claim(free name: String) -> Bool { names.claim(free: name) }

  private func integer(_ type: BTFType, _ size: Int) -> SwiftForm {
    guard let integer = type.integer, integer.bitCount == size * 8, [1, 2, 4, 8, 16].contains(size) else {
      return .bytes(size)
    }
    if integer.isBoolean, size == 1 { return .boolean }
    // A character is an unsigned byte, whether or not the compiler makes it signed.
    return integer.isSigned && !integer.isCharacter && type.name != "char" ? .signed(size) : .unsigned(size)
  }

  private func float(_ size: Int) -> SwiftForm {
    let name: String? =
      switch size {
      case 4: "Float"
      case 8: "Double"
      default: nil
      }
    return name.map { SwiftForm(name: $0, kind: .plain, size: size, alignment: size, zero: "0") }
      ?? .bytes(size)
  }

  private mutating func declared(_ type: BTFType, _ size: Int, named name: String) -> SwiftForm {
    if let known = forms[type.id] { return known }
    // A type that is looked up again while its members are converted contains itself: represent it as bytes.
    forms[type.id] = .bytes(size)
    let swiftName = names.claim(SwiftName.type(name))
    let form =
      type.kind == .structure || type.kind == .union
      ? structure(type, size, swiftName) : enumeration(type, size, swiftName)
    forms[type.id] = form
    return form
  }

  private mutating func structure(_ type: BTFType, _ size: Int, _ name: String) -> SwiftForm {
    let declaration = StructureDeclaration(type, size: size, name: name, in: &self)
    declarations.append(.structure(declaration))
    return SwiftForm(
      name: name, kind: .plain, size: size, alignment: declaration.alignment, zero: "\(name)()")
  }

  private mutating func enumeration(_ type: BTFType, _ size: Int, _ name: String) -> SwiftForm {
    guard [1, 2, 4, 8].contains(size) else { return .bytes(size) }
    let raw: SwiftForm = type.isSignedEnumeration ? .signed(size) : .unsigned(size)
    declarations.append(.enumeration(EnumerationDeclaration(type, name: name, raw: raw)))
    return SwiftForm(
      name: name, kind: .enumeration(raw: raw.name), size: size, alignment: size, zero: "\(name)(rawValue: 0)"
    )
  }
}

extension BTFType {
  /// The type's name, or the name of its `typedef` if it is anonymous.
  fileprivate var ownName: String? {
    if let bare = unmodified, !bare.name.isEmpty { return bare.name }
    var type = self
    for _ in 0..<32 {
      if type.kind == .typedef { return type.name }
      guard let target = type.target else { return nil }
      type = target
    }
    return nil
  }
}
