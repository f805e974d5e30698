//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

// C spellings of types, and declarations.

extension CHeaderWriter {
  /// Returns a type's name in C: `struct sock`, `u32`, `long unsigned int`.
  mutating func typeName(_ type: BTFType) -> String {
    switch type.kind {
    case .structure: "struct \(names.name(of: type))"
    case .union: "union \(names.name(of: type))"
    case .enumeration, .enumeration64: "enum \(names.name(of: type))"
    case .forward: "\(type.isForwardOfUnion ? "union" : "struct") \(type.name)"
    case .typedef: names.name(of: type)
    default: type.name
    }
  }

  /// Returns a declaration. `name` may be a declarator that surrounds the name, such as `*name`.
  mutating func declaration(of type: BTFType, named name: String, indent: String = "") -> String {
    let inner = name.isEmpty ? "" : " \(name)"
    guard depth < BTFType.maximumDepth, reserve(name.utf8.count + 8) else {
      isTruncated = true
      return "void\(inner)"
    }
    depth += 1
    defer { depth -= 1 }
    switch type.kind {
    case .pointer:
      guard let target = type.target else { return "void *\(name)" }
      return declaration(of: target, named: isPostfix(target) ? "(*\(name))" : "*\(name)", indent: indent)
    case .array:
      return declaration(of: type.target ?? type, named: "\(name)[\(type.elementCount)]", indent: indent)
    case .functionPrototype:
      guard let result = type.target else { return "void\(inner)" }
      return declaration(of: result, named: "\(name)(\(parameters(of: type)))", indent: indent)
    case .const, .volatile, .restrict: return modified(type, by: "\(type.kind)", name, indent)
    case .typeTag:
      if type.isAttribute { return modified(type, by: "__attribute__((\(type.name)))", name, indent) }
      return type.target.map { declaration(of: $0, named: name, indent: indent) } ?? "void\(inner)"
    case .structure, .union:
      return (type.name.isEmpty ? definition(of: type, indent: indent) : spelled(type)) + inner
    case .enumeration, .enumeration64:
      // Anonymous enumerations are written at the top for their constants; here an integer of the same size is enough.
      return (type.name.isEmpty || type.enumerators.isEmpty ? integer(for: type) : spelled(type)) + inner
    default: return spelled(type) + inner
    }
  }

  /// Returns a type's name in C if it fits the output limit, otherwise `void`.
  private mutating func spelled(_ type: BTFType) -> String {
    let name = typeName(type)
    return reserve(name.utf8.count) ? name : "void"
  }

  /// Returns whether a type's declaration continues after the name, so that a `*` needs parentheses.
  private func isPostfix(_ type: BTFType) -> Bool {
    var type = type
    for _ in 0..<BTFType.maximumDepth {
      guard type.kind == .typeTag, let target = type.target else { break }
      type = target
    }
    return type.kind == .array || type.kind == .functionPrototype
  }

  private mutating func modified(
    _ type: BTFType, by word: String, _ name: String, _ indent: String
  ) -> String {
    guard reserve(word.utf8.count) else { return "void" + (name.isEmpty ? "" : " \(name)") }
    guard let target = type.target else { return "\(word) void" + (name.isEmpty ? "" : " \(name)") }
    var pointee = target
    for _ in 0..<BTFType.maximumDepth {
      guard [.const, .volatile, .restrict, .typeTag].contains(pointee.kind), let next = pointee.target else {
        break
      }
      pointee = next
    }
    // Modifiers of a pointer follow its `*`; others precede the type.
    if pointee.kind == .pointer {
      return declaration(of: target, named: name.isEmpty ? word : "\(word) \(name)", indent: indent)
    }
    let rest = declaration(of: target, named: name, indent: indent)
    // Modifiers of an array apply to its elements, which may already have them.
    return type.kind != .typeTag && isElement(of: target, type.kind) ? rest : "\(word) \(rest)"
  }

  /// Returns whether the elements of an array have a modifier.
  private func isElement(of array: BTFType, _ modifier: BTFKind) -> Bool {
    var type = array
    var isInArray = false
    for _ in 0..<BTFType.maximumDepth {
      switch type.kind {
      case .array: isInArray = true
      case modifier where isInArray: return true
      case .const, .volatile, .restrict, .typeTag: break
      default: return false
      }
      guard let target = type.target else { return false }
      type = target
    }
    return false
  }

  private mutating func parameters(of type: BTFType) -> String {
    let parameters = Array(type.parameters)
    guard !parameters.isEmpty else { return "void" }
    return parameters.enumerated().map { index, parameter in
      index == parameters.count - 1 && parameter.type.kind == .void
        ? "..." : declaration(of: parameter.type, named: parameter.name)
    }.joined(separator: ", ")
  }

  private func integer(for type: BTFType) -> String {
    let sign = type.isSignedEnumeration ? "" : "unsigned "
    return switch type.byteCount {
    case 1: sign + "char"
    case 2: sign + "short"
    case 8: sign + "long long"
    default: sign + "int"
    }
  }
}
