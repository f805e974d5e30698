//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BTF

extension BTFType {
  /// A function's prototype as bpftool writes it: `int count(struct __sk_buff * skb)`. Empty for other types.
  var prototypeText: String {
    guard kind == .function, let prototype = target else { return "" }
    var text = PrototypeText()
    text.append(prototype, named: name)
    return text.text
  }
}

/// The text of a prototype.
///
/// The types come from whoever loaded the program, so types that refer to themselves must come to an end.
private struct PrototypeText {
  private(set) var text = ""
  private var depth = 0

  /// The length at which the text ends. bpftool writes no prototype that is longer.
  private static let maximumByteCount = 1024
  private static let maximumDepth = 32

  mutating func append(_ prototype: BTFType, named name: String) {
    append(prototype.target)
    text += name + "("
    for (index, parameter) in prototype.parameters.enumerated() {
      guard text.utf8.count < PrototypeText.maximumByteCount else { break }
      if index > 0 { text += ", " }
      guard parameter.type.id != 0 else {
        text += "..."
        continue
      }
      append(parameter.type)
      text += parameter.name
      if parameter.name.isEmpty, text.last == " " { text.removeLast() }
    }
    text += ")"
  }

  /// Appends a type and a space.
  private mutating func append(_ type: BTFType?) {
    guard depth < PrototypeText.maximumDepth, text.utf8.count < PrototypeText.maximumByteCount else {
      text += "... "
      return
    }
    depth += 1
    defer { depth -= 1 }
    guard let type else {
      text += "void "
      return
    }
    switch type.kind {
    case .structure: text += "struct \(type.name) "
    case .union: text += "union \(type.name) "
    case .enumeration, .enumeration64: text += "enum \(type.name) "
    case .forward: text += "\(type.isForwardOfUnion ? "union" : "struct") \(type.name) "
    case .pointer:
      append(type.target)
      text += "* "
    case .array:
      append(type.target)
      text += "[\(type.elementCount)]"
    case .const: append(qualified: "const ", type)
    case .volatile: append(qualified: "volatile ", type)
    case .restrict: append(qualified: "restrict ", type)
    case .typeTag: append(type.target)
    case .functionPrototype: append(type, named: "")
    default: text += "\(type.name) "
    }
  }

  private mutating func append(qualified qualifier: String, _ type: BTFType) {
    text += qualifier
    append(type.target)
  }
}
