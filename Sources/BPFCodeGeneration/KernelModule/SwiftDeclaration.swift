//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// A declaration of a Swift module, as `swift-demangle --compact` writes it.
///
/// ```console
/// PacketsKernel.count(BPFKernel.XDPContext) -> BPFKernel.XDPAction
/// static PacketsKernel.Tables.flows : BPFKernel.HashMap<Swift.UInt32, PacketsKernel.Flow>
/// ```
package struct SwiftDeclaration: Equatable {
  /// The name without the module and enclosing types.
  package var name: String
  /// The name of the module.
  package var module: String
  package var kind: Kind
  /// Whether it is a function of a type's instances.
  package var isMethod: Bool

  package enum Kind: Equatable {
    case function(parameters: [SwiftType], result: SwiftType)
    case variable(SwiftType)
  }

  /// Returns nil for symbols that are neither functions nor variables, such as the accessor of a global.
  package init?(demangled text: String) {
    let isStatic = text.hasPrefix("static ")
    var text = text[...]
    for prefix in ["static ", "private "] where text.hasPrefix(prefix) { text = text.dropFirst(prefix.count) }
    if let colon = text.firstRange(ofTopLevel: " : ") {
      guard let type = SwiftType(text[colon.upperBound...]) else { return nil }
      kind = .variable(type)
      text = text[..<colon.lowerBound]
    } else if let arrow = text.firstRange(ofTopLevel: " -> "),
      let parameters = text[..<arrow.lowerBound].trailingParentheses
    {
      let types = parameters.list.map { SwiftType($0.withoutLabel) }
      guard let result = SwiftType(text[arrow.upperBound...]), types.allSatisfy({ $0 != nil }) else {
        return nil
      }
      kind = .function(parameters: types.compactMap { $0 }, result: result)
      text = text[..<parameters.start]
    } else {
      return nil
    }
    let path = text.split(ofTopLevel: ".")
    // A function that throws has more after its parameters. Names such as `one-time initialization function for x` are not declarations.
    guard let module = path.first, let last = path.last, path.count > 1, !module.contains(" "),
      last.hasPrefix("(") || !last.contains("(")
    else {
      return nil
    }
    self.module = String(module)
    if case .function = kind { isMethod = path.count > 2 && !isStatic } else { isMethod = false }
    name = last.withoutDiscriminator
  }
}

/// A Swift type, as `swift-demangle --compact` writes it.
package struct SwiftType: Equatable {
  /// The qualified name, such as `Swift.UInt32`; for types that are not nominal, the whole text.
  package var name: String
  /// The generic arguments.
  package var arguments: [SwiftType]
  /// The text as it can be written in Swift.
  package var text: String

  /// Whether another file cannot name it.
  package var isPrivate: Bool { text.contains(" in _") }

  init?(_ text: Substring) {
    guard !text.isEmpty else { return nil }
    self.text = String(text)
    guard text.last == ">", let open = text.firstIndex(of: "<") else {
      (name, arguments) = (String(text), [])
      return
    }
    name = String(text[..<open])
    let inner = text[text.index(after: open)..<text.index(before: text.endIndex)]
    arguments = inner.split(ofTopLevel: ", ").compactMap { SwiftType($0) }
  }
}

// MARK: - Reading

extension Substring {
  /// The depth of brackets after a character.
  private static func depth(_ depth: Int, after character: Character, previous: Character) -> Int {
    switch character {
    case "(", "<", "[": depth + 1
    case ")", "]": depth - 1
    case ">": previous == "-" ? depth : depth - 1
    default: depth
    }
  }

  /// The first range of a separator that is not within brackets.
  fileprivate func firstRange(ofTopLevel separator: String) -> Range<Index>? {
    var depth = 0
    var previous: Character = " "
    var index = startIndex
    while index < endIndex {
      if depth == 0, self[index...].hasPrefix(separator) {
        return index..<self.index(index, offsetBy: separator.count)
      }
      depth = Substring.depth(depth, after: self[index], previous: previous)
      previous = self[index]
      index = self.index(after: index)
    }
    return nil
  }

  fileprivate func split(ofTopLevel separator: String) -> [Substring] {
    var parts: [Substring] = []
    var rest = self
    while let range = rest.firstRange(ofTopLevel: separator) {
      parts.append(rest[..<range.lowerBound])
      rest = rest[range.upperBound...]
    }
    return rest.isEmpty && parts.isEmpty ? [] : parts + [rest]
  }

  /// The contents of the parentheses at the end, as a list, and where they begin.
  fileprivate var trailingParentheses: (list: [Substring], start: Index)? {
    guard last == ")" else { return nil }
    var depth = 0
    var index = endIndex
    while index > startIndex {
      index = self.index(before: index)
      if self[index] == ")" { depth += 1 }
      if self[index] == "(" { depth -= 1 }
      if depth == 0 {
        let inner = self[self.index(after: index)..<self.index(before: endIndex)]
        return (inner.split(ofTopLevel: ", "), index)
      }
    }
    return nil
  }

  /// A parameter without its label.
  fileprivate var withoutLabel: Substring {
    firstRange(ofTopLevel: ": ").map { self[$0.upperBound...] } ?? self
  }

  /// A name without the discriminator of a private declaration: `(name in _0123)`.
  fileprivate var withoutDiscriminator: String {
    guard hasPrefix("("), let end = firstIndex(of: " ") else { return String(self) }
    return String(self[index(after: startIndex)..<end])
  }
}
