//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// A Swift type by its name, as `swift-demangle` writes it.
package indirect enum SwiftTypeLayoutName: Hashable, Sendable {
  /// A structure, an enumeration or a generic parameter: its path with the generic arguments of each component.
  case nominal([Component])
  /// A tuple: the labels, empty for elements without one, and the types.
  case tuple([Element])
  /// An integer as generic argument.
  case integer(Int)
  /// A function, a metatype, an existential type.
  case other(String)

  /// A component of a path.
  package struct Component: Hashable, Sendable {
    var name: String
    var arguments: [SwiftTypeLayoutName] = []
  }

  /// An element of a tuple.
  package struct Element: Hashable, Sendable {
    var label: String
    var type: SwiftTypeLayoutName
  }

  /// - Parameter text: the text of the demangler, with or without syntactic sugar.
  package init(_ text: String) {
    var parser = SwiftTypeLayoutNameParser(text)
    let type = parser.type()
    self = parser.isAtEnd ? type ?? .other(text) : .other(text)
  }

  /// `Swift.Optional` of the type.
  fileprivate var optional: SwiftTypeLayoutName {
    .nominal([Component(name: "Swift"), Component(name: "Optional", arguments: [self])])
  }
}

// MARK: - Properties

extension SwiftTypeLayoutName {
  /// The path without generic arguments, which identifies a declaration: `Packets.Flow`.
  var path: String {
    guard case .nominal(let components) = self else { return "" }
    return components.map(\.name).joined(separator: ".")
  }

  /// The module; empty for types without a name, and for generic parameters.
  var module: String {
    guard case .nominal(let components) = self, components.count > 1 else { return "" }
    return components[0].name
  }

  /// The generic arguments of the last component.
  var arguments: [SwiftTypeLayoutName] {
    guard case .nominal(let components) = self else { return [] }
    return components.last?.arguments ?? []
  }

  /// The type as it is written in Swift. The access of private declarations is left out, as the probe may use them all.
  var spelling: String {
    switch self {
    case .nominal(let components):
      // `__C` is not a module that a source may name.
      let written = components.first?.name == "__C" ? Array(components.dropFirst()) : components
      return written.map { component in
        let arguments = component.arguments.map(\.spelling).joined(separator: ", ")
        return component.writtenName + (arguments.isEmpty ? "" : "<\(arguments)>")
      }.joined(separator: ".")
    case .tuple(let elements):
      let list = elements.map { ($0.label.isEmpty ? "" : "\($0.label): ") + $0.type.spelling }
      return "(\(list.joined(separator: ", ")))"
    case .integer(let number): return "\(number)"
    case .other(let text): return "(\(text))"
    }
  }

  /// The modules of all types in the name.
  var modules: Set<String> {
    switch self {
    case .nominal(let components):
      return components.flatMap(\.arguments).reduce(into: module.isEmpty ? [] : [module]) {
        $0.formUnion($1.modules)
      }
    case .tuple(let elements): return elements.reduce(into: []) { $0.formUnion($1.type.modules) }
    case .integer, .other: return []
    }
  }

  /// The generic arguments by the names that the demangler gives the parameters: `A`, `B`, in an inner type `A1`.
  var substitutions: [String: SwiftTypeLayoutName] {
    guard case .nominal(let components) = self else { return [:] }
    var named: [String: SwiftTypeLayoutName] = [:]
    for (depth, component) in components.filter({ !$0.arguments.isEmpty }).enumerated() {
      for (index, argument) in component.arguments.enumerated() where index < 26 {
        named[String(UnicodeScalar(UInt8(65 + index))) + (depth == 0 ? "" : "\(depth)")] = argument
      }
    }
    return named
  }

  /// Replaces generic parameters by their arguments.
  func substituting(_ arguments: [String: SwiftTypeLayoutName]) -> SwiftTypeLayoutName {
    guard !arguments.isEmpty else { return self }
    switch self {
    case .nominal(let components):
      if components.count == 1, let argument = arguments[components[0].name] { return argument }
      return .nominal(
        components.map {
          Component(name: $0.name, arguments: $0.arguments.map { $0.substituting(arguments) })
        })
    case .tuple(let elements):
      return .tuple(elements.map { Element(label: $0.label, type: $0.type.substituting(arguments)) })
    case .integer, .other: return self
    }
  }
}

extension SwiftTypeLayoutName.Component {
  /// The name without the discriminator of a private declaration: `(Key in _8332)`.
  var writtenName: String {
    guard name.hasPrefix("("), let end = name.firstIndex(of: " ") else { return name }
    return String(name[name.index(after: name.startIndex)..<end])
  }
}

// MARK: - Parsing

/// Parses what the demangler writes of types that can be stored without references.
private struct SwiftTypeLayoutNameParser {
  private let text: [Character]
  private var position = 0

  init(_ text: String) { self.text = Array(text) }

  var isAtEnd: Bool { position == text.count }

  private func isNext(_ word: String) -> Bool { text[position...].starts(with: word) }

  private mutating func consume(_ word: String) -> Bool {
    guard isNext(word) else { return false }
    position += word.count
    return true
  }

  /// Parses a type; nil if it is none of the supported ones.
  mutating func type() -> SwiftTypeLayoutName? {
    var type = isNext("(") ? tuple() : integer() ?? nominal()
    while consume("?") { type = type?.optional }
    return isNext(" ") ? nil : type
  }

  private mutating func tuple() -> SwiftTypeLayoutName? {
    position += 1
    var elements: [SwiftTypeLayoutName.Element] = []
    if consume(")") { return .tuple([]) }
    repeat {
      let label = label()
      guard let type = type() else { return nil }
      elements.append(SwiftTypeLayoutName.Element(label: label, type: type))
    } while consume(", ")
    return consume(")") ? .tuple(elements) : nil
  }

  /// Parses the label of a tuple's element; empty without one.
  private mutating func label() -> String {
    let word = text[position...].prefix { !"().<>, ".contains($0) }
    guard word.last == ":" else { return "" }
    position += word.count + 1
    return String(word.dropLast())
  }

  private mutating func integer() -> SwiftTypeLayoutName? {
    let word = text[position...].prefix { $0.isNumber || $0 == "-" }
    guard !word.isEmpty, let number = Int(String(word)) else { return nil }
    position += word.count
    return .integer(number)
  }

  private mutating func nominal() -> SwiftTypeLayoutName? {
    var components: [SwiftTypeLayoutName.Component] = []
    repeat {
      guard var component = component() else { return nil }
      if consume("<") {
        repeat {
          guard let argument = type() else { return nil }
          component.arguments.append(argument)
        } while consume(", ")
        guard consume(">") else { return nil }
      }
      components.append(component)
    } while consume(".")
    return .nominal(components)
  }

  private mutating func component() -> SwiftTypeLayoutName.Component? {
    let start = position
    if consume("(") {
      while position < text.count, text[position] != ")" { position += 1 }
      guard consume(")") else { return nil }
    } else {
      while position < text.count, !"().<>,:?!& []".contains(text[position]) { position += 1 }
    }
    return position > start ? SwiftTypeLayoutName.Component(name: String(text[start..<position])) : nil
  }
}
