//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// A map on the command line: `id 12`, `name hits` or `pinned /sys/fs/bpf/hits`. The keyword is optional.
enum MapSelector: Equatable {
  case id(UInt32)
  case name(String)
  case pinned(String)

  /// The keywords that begin a selector.
  static let keywords = ["id", "name", "pinned"]

  /// The grammar, as help and error messages show it.
  static let grammar = "id N, name NAME or pinned PATH"

  /// Creates a selector from a keyword and its operand.
  init(keyword: String, operand: String) throws(Failure) {
    switch keyword {
    case "id":
      self = .id(try IntegerArgument.parse(operand, as: UInt32.self, description: "a map id"))
    case "name":
      guard !operand.isEmpty else { throw .usage("the name after 'name' is empty") }
      self = .name(operand)
    case "pinned":
      guard !operand.isEmpty else { throw .usage("the path after 'pinned' is empty") }
      self = .pinned(operand)
    default:
      let question = NameSuggestion.hint(for: keyword, among: Self.keywords)
      throw .usage("'\(keyword)' does not select a map: write \(Self.grammar)\(question)")
    }
  }

  /// Creates a selector from a single word: a number is an id, a word with a slash a path, any other word a name.
  private init?(bare word: String) throws(Failure) {
    guard !word.isEmpty, !Self.keywords.contains(word), !["key", "value"].contains(word) else { return nil }
    let isNumber = word.utf8.allSatisfy(\.isDecimalDigit)
    try self.init(
      keyword: isNumber ? "id" : word.contains("/") ? "pinned" : "name", operand: word)
  }

  /// Creates a selector from the value of an option: `"id 12"`, `id:12` or `/sys/fs/bpf/hits`.
  init(option text: String) throws(Failure) {
    guard !text.hasPrefix("/"), let separator = text.firstIndex(where: { $0 == " " || $0 == ":" }) else {
      guard let map = try Self(bare: text) else {
        throw .usage("'\(text)' does not select a map: write \"id 12\", \"name hits\" or \"pinned PATH\"")
      }
      self = map
      return
    }
    try self.init(
      keyword: String(text[..<separator]), operand: String(text[text.index(after: separator)...]))
  }

  /// Removes the selector from the beginning of a command's arguments.
  init(consuming words: inout ArraySlice<String>) throws(Failure) {
    guard let keyword = words.popFirst() else {
      throw .usage("missing map: write \(Self.grammar)")
    }
    guard Self.keywords.contains(keyword) else {
      // Before another word, it may be a misspelled keyword.
      let next = words.first.flatMap { ["key", "value"].contains($0) || $0.contains("/") ? nil : $0 }
      let isMistyped = next != nil && NameSuggestion.closest(to: keyword, among: Self.keywords) != nil
      if !isMistyped, let map = try Self(bare: keyword) {
        self = map
        return
      }
      try self.init(keyword: keyword, operand: next ?? "")
      return
    }
    guard let operand = words.popFirst() else {
      throw .usage("missing argument after '\(keyword)': write \(Self.grammar)")
    }
    try self.init(keyword: keyword, operand: operand)
  }
}

extension MapSelector: CustomStringConvertible {
  var description: String {
    switch self {
    case .id(let id): "id \(id)"
    case .name(let name): "name \(name)"
    case .pinned(let path): "pinned \(path)"
    }
  }
}
