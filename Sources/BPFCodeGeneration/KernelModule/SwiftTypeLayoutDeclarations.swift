//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import KernelTypeDeclarations

/// Declarations in C of Swift types, of which clang makes their BTF.
///
/// Each structure is packed, and its gaps are unnamed bit-fields, so that Swift's offsets hold: unlike C, Swift puts a field into
/// the tail padding of the one before it. Assertions compare the offsets once more.
package struct SwiftTypeLayoutDeclarations {
  /// The declarations. They include nothing.
  package private(set) var source = ""

  let layouts: SwiftTypeLayouts
  private var tags: [SwiftTypeLayoutName: String] = [:]
  private var scope = NameScope()
  private var definitions: Set<String> = []

  package init(_ layouts: SwiftTypeLayouts) {
    self.layouts = layouts
    for (type, shape) in layouts.plan.types {
      switch shape {
      case .scalar(let scalar):
        for line in scalar.definition.split(separator: "\n") where definitions.insert(String(line)).inserted {
          source += line + "\n"
        }
      case .fields(let fields):
        guard case .nominal = type, !fields.isEmpty else { continue }
        declareStructure(type, fields)
      case .cases(let cases): if cases.count > 1 { declareEnumeration(type, cases) }
      case .array, .bytes: continue
      }
    }
  }

  /// Returns the type in C, as an argument of `typeof`; nil if the Swift type is not one of the plan's.
  ///
  /// Its size is the stride of the Swift type, which is what maps hold.
  package func typeName(of swiftType: String) -> String? {
    let type = SwiftTypeLayoutName(swiftType)
    guard layouts.layouts[type] != nil else { return nil }
    return declaration(of: type, named: "", isWhole: true)
  }

  /// Returns the type of a variable in C, as an argument of `typeof`; nil if the Swift type is not one of the plan's.
  ///
  /// Its size is that of the Swift type, without the tail padding.
  package func variableTypeName(of swiftType: String) -> String? {
    let type = SwiftTypeLayoutName(swiftType)
    guard let layout = layouts.layouts[type], layout.size > 0 else { return nil }
    return declaration(of: type, named: "", isWhole: layout.size == layout.stride)
  }
}

// MARK: - Definitions

extension SwiftTypeLayoutDeclarations {
  private mutating func declareStructure(
    _ type: SwiftTypeLayoutName, _ fields: [SwiftTypeLayoutMembers.Field]
  ) {
    guard let layout = layouts.layouts[type], layout.size > 0 else { return }
    let tag = scope.claim(type.cName)
    source += "struct \(tag) \(structure(type, fields, isWhole: true));\n"
    tags[type] = tag
    source += "_Static_assert(sizeof(struct \(tag)) == \(layout.stride), \"\(tag)\");\n"
    let names = SwiftTypeLayoutDeclarations.memberNames(fields)
    for (index, field) in fields.enumerated() where layouts.layouts[field.type]?.size ?? 0 > 0 {
      source +=
        "_Static_assert(__builtin_offsetof(struct \(tag), \(names[index])) == \(layout.offsets[index]), "
        + "\"\(tag).\(names[index])\");\n"
    }
  }

  /// The members of a structure in braces with its attributes.
  ///
  /// - Parameter isWhole: whether the tail padding belongs to it.
  private func structure(
    _ type: SwiftTypeLayoutName, _ fields: [SwiftTypeLayoutMembers.Field], isWhole: Bool
  ) -> String {
    let layout = layouts.layouts[type] ?? SwiftTypeLayouts.Layout(size: 0, alignment: 1)
    let names = SwiftTypeLayoutDeclarations.memberNames(fields)
    var text = "{ "
    var end = 0
    for (index, field) in fields.enumerated() {
      guard let part = layouts.layouts[field.type], part.size > 0 else { continue }
      let offset = layout.offsets[index]
      if offset > end { text += SwiftTypeLayoutDeclarations.gap(offset - end) }
      let next = layout.offsets.dropFirst(index + 1).first ?? (isWhole ? layout.stride : layout.size)
      let fits = offset + part.stride <= next
      text += declaration(of: field.type, named: names[index], isWhole: fits) + "; "
      end = offset + (fits && !isBytes(field.type) ? part.stride : part.size)
    }
    return text + "} __attribute__((packed\(isWhole ? ", aligned(\(layout.alignment))" : "")))"
  }

  private func isBytes(_ type: SwiftTypeLayoutName) -> Bool { layouts.plan.shape(of: type) == .bytes }

  /// Unnamed bit-fields, which BTF does not have.
  private static func gap(_ byteCount: Int) -> String {
    Swift.stride(from: byteCount, to: 0, by: -4).map { "unsigned int : \(8 * min($0, 4)); " }.joined()
  }

  private mutating func declareEnumeration(_ type: SwiftTypeLayoutName, _ cases: [String]) {
    let tag = scope.claim(type.cName)
    tags[type] = tag
    // Enumerators of C share one scope.
    let names = cases.map { scope.claim("\(tag)_\($0.cIdentifier)") }
    source += "enum \(tag) { \(names.joined(separator: ", ")) } __attribute__((packed));\n"
    source += "_Static_assert(sizeof(enum \(tag)) == \(layouts.layouts[type]?.stride ?? 0), \"\(tag)\");\n"
  }
}

// MARK: - Declarations

extension SwiftTypeLayoutDeclarations {
  /// Returns a declaration; without a name that of the type alone.
  ///
  /// - Parameter isWhole: whether the type's tail padding belongs to it.
  private func declaration(of type: SwiftTypeLayoutName, named name: String, isWhole: Bool) -> String {
    let layout = layouts.layouts[type] ?? SwiftTypeLayouts.Layout(size: 0, alignment: 1)
    func named(_ type: String) -> String {
      name.isEmpty || name.hasPrefix("[") ? type + name : "\(type) \(name)"
    }
    switch layouts.plan.shape(of: type) {
    case .scalar(let scalar): return named(scalar.name)
    case .array(let element, let count):
      return count == 0 || layout.size == 0
        ? bytes(layout, name, isWhole: isWhole)
        : declaration(of: element, named: "\(name)[\(count)]", isWhole: true)
    case .cases: return tags[type].map { named("enum \($0)") } ?? bytes(layout, name, isWhole: isWhole)
    case .bytes: return bytes(layout, name, isWhole: isWhole && name.isArrayOrEmpty)
    case .fields(let fields):
      if layout.size == 0 { return bytes(layout, name, isWhole: isWhole) }
      if isWhole, let tag = tags[type] { return named("struct \(tag)") }
      return named("struct \(structure(type, fields, isWhole: isWhole))")
    }
  }

  private func bytes(_ layout: SwiftTypeLayouts.Layout, _ name: String, isWhole: Bool) -> String {
    let count = isWhole ? layout.stride : layout.size
    return "unsigned char\(name.isEmpty || name.hasPrefix("[") ? "" : " ")\(name)[\(count)]"
  }

  private static func memberNames(_ fields: [SwiftTypeLayoutMembers.Field]) -> [String] {
    var scope = NameScope(reserved: String.cKeywords)
    return fields.map { scope.claim($0.name.cIdentifier) }
  }
}

// MARK: - Names

extension SwiftTypeLayoutName {
  /// A name for the type in C, without its module.
  fileprivate var cName: String {
    switch self {
    case .nominal(let components):
      return components.dropFirst(components.count > 1 ? 1 : 0).map { component in
        ([component.writtenName.cIdentifier] + component.arguments.map(\.cName)).joined(separator: "_")
      }.joined(separator: "_")
    case .tuple(let elements): return elements.map(\.type.cName).joined(separator: "_")
    case .integer(let number): return "\(number)".cIdentifier
    case .other(let text): return text.cIdentifier
    }
  }
}

extension String {
  /// Whether a declarator has no name but only the brackets of an array, or ends with them.
  fileprivate var isArrayOrEmpty: Bool { isEmpty || hasSuffix("]") }

  /// The name as an identifier of C, which is a name that the kernel accepts in BTF.
  fileprivate var cIdentifier: String {
    var name = ""
    for scalar in unicodeScalars {
      switch scalar {
      case "a"..."z", "A"..."Z", "0"..."9", "_": name.unicodeScalars.append(scalar)
      case "`": continue
      default: name += "u\(String(scalar.value, radix: 16))"
      }
    }
    return name.first?.isNumber != false ? "_" + name : name
  }

  fileprivate static let cKeywords: Set = [
    "asm", "auto", "break", "case", "char", "const", "continue", "default", "do", "double", "else", "enum",
    "extern",
    "float", "for", "goto", "if", "inline", "int", "long", "register", "restrict", "return", "short",
    "signed",
    "sizeof", "static", "struct", "switch", "typedef", "typeof", "union", "unsigned", "void", "volatile",
    "while",
  ]
}
