//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// Converts C names to Swift names.
///
/// Joins the words between underscores: `flow_key` becomes the type `FlowKey`, `rx_packets` the property `rxPackets`.
/// The case of letters within a word is kept, except that names in all capitals are lowercased first.
package enum SwiftName {
  /// Returns the name of a type.
  package static func type(_ name: String) -> String {
    let name = words(of: name).map(capitalized).joined()
    return startsWithLetter(name) ? name : "Type" + name
  }

  /// Returns the name of a property, a parameter, or a case.
  package static func member(_ name: String) -> String {
    let words = words(of: name)
    guard let first = words.first else { return "unnamed" }
    let isAllCapitals = !first.contains(where: \.isLowercase)
    let name =
      (isAllCapitals ? first.lowercased() : uncapitalized(first))
      + words.dropFirst().map(capitalized).joined()
    return startsWithLetter(name) ? name : "_" + name
  }

  /// Returns a name as written in source, with backticks if it is a keyword.
  package static func escaped(_ name: String) -> String { keywords.contains(name) ? "`\(name)`" : name }

  /// Splits a name into words of ASCII letters and digits, ignoring all other characters.
  package static func words(of name: String) -> [String] {
    let words = name.split { !isLetterOrDigit($0) }.map(String.init)
    let isAllCapitals = words.count > 1 && !name.contains(where: \.isLowercase)
    return isAllCapitals ? words.map { $0.lowercased() } : words
  }

  /// Whether a character is an ASCII letter or digit.
  package static func isLetterOrDigit(_ character: Character) -> Bool {
    character.isASCII && (character.isLetter || character.isNumber)
  }

  private static func startsWithLetter(_ name: String) -> Bool { name.first?.isLetter ?? false }

  private static func capitalized(_ word: String) -> String { word.prefix(1).uppercased() + word.dropFirst() }

  private static func uncapitalized(_ word: String) -> String {
    word.prefix(1).lowercased() + word.dropFirst()
  }

  private static let keywords: Set = [
    "as", "associatedtype", "break", "case", "catch", "class", "continue", "default", "defer", "deinit", "do",
    "else", "enum", "extension", "fallthrough", "false", "fileprivate", "for", "func", "guard", "if",
    "import",
    "in", "inout", "internal", "is", "let", "nil", "operator", "precedencegroup", "private", "protocol",
    "public", "repeat", "rethrows", "return", "static", "struct", "subscript", "super", "switch", "throw",
    "throws", "true", "try", "typealias", "var", "where", "while",
  ]
}

/// The names already in use within a scope.
package struct NameScope {
  private var taken: Set<String>

  package init(reserved: Set<String> = []) { taken = reserved }

  /// Claims a name, with underscores appended until it is unique.
  ///
  /// The check of a typed map's element types ignores underscores when it compares names.
  package mutating func claim(_ name: String) -> String {
    var name = name
    while !taken.insert(name).inserted { name += "_" }
    return name
  }

  /// Claims a name unless it is in use, and returns whether it did.
  package mutating func claim(free name: String) -> Bool { taken.insert(name).inserted }
}
