//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// Names of C as they are written in Swift.
///
/// The words between underscores are joined: `flow_key` is the type `FlowKey`, `rx_packets` the property `rxPackets`.
/// Letters within a word stay as they are, but for names all in capitals, whose words are first made small.
enum SwiftName {
  /// The name of a type.
  static func type(_ name: String) -> String {
    let name = words(of: name).map(capitalized).joined()
    return beginsWell(name) ? name : "Type" + name
  }

  /// The name of a property, a parameter, or a case.
  static func member(_ name: String) -> String {
    let words = words(of: name)
    guard let first = words.first else { return "unnamed" }
    let isAllCapitals = !first.contains(where: \.isLowercase)
    let name =
      (isAllCapitals ? first.lowercased() : uncapitalized(first))
      + words.dropFirst().map(capitalized).joined()
    return beginsWell(name) ? name : "_" + name
  }

  /// A name as it stands in a source: within backticks if the language has it.
  static func escaped(_ name: String) -> String { keywords.contains(name) ? "`\(name)`" : name }

  /// The words of a name: of letters and digits of ASCII, whatever else is in it.
  static func words(of name: String) -> [String] {
    let words = name.split { !isLetterOrDigit($0) }.map(String.init)
    let isAllCapitals = words.count > 1 && !name.contains(where: \.isLowercase)
    return isAllCapitals ? words.map { $0.lowercased() } : words
  }

  private static func isLetterOrDigit(_ character: Character) -> Bool {
    character.isASCII && (character.isLetter || character.isNumber)
  }

  private static func beginsWell(_ name: String) -> Bool { name.first?.isLetter ?? false }

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

/// The names that are taken in a scope.
struct NameScope {
  private var taken: Set<String>

  init(reserved: Set<String> = []) { taken = reserved }

  /// The name, or if it is taken already, the name with as many underscores behind it as make it another.
  ///
  /// Underscores do not count where the names of Swift are compared with those of a map's types.
  mutating func claim(_ name: String) -> String {
    var name = name
    while !taken.insert(name).inserted { name += "_" }
    return name
  }
}
