//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// How a person names a map: `id 12`, `name hits` or `pinned /sys/fs/bpf/hits`.
enum MapSelector: Equatable {
  case id(UInt32)
  case name(String)
  case pinned(String)

  /// The words a selector can begin with.
  static let keywords = ["id", "name", "pinned"]

  /// The grammar, as the help and the refusals print it.
  static let grammar = "id N, name NAME or pinned PATH"

  /// - Parameter words: Exactly two words, the keyword and its operand.
  init(keyword: String, operand: String) throws(Failure) {
    switch keyword {
    case "id":
      self = .id(try WrittenNumber.parse(operand, as: UInt32.self, called: "a map id"))
    case "name":
      guard !operand.isEmpty else { throw .usage("the name after 'name' is empty") }
      self = .name(operand)
    case "pinned":
      guard !operand.isEmpty else { throw .usage("the path after 'pinned' is empty") }
      self = .pinned(operand)
    default:
      throw .usage("a map is named as \(Self.grammar), not as '\(keyword)'")
    }
  }

  /// A selector written as one word, as options take it: `"id 12"` or `id:12`.
  init(option text: String) throws(Failure) {
    guard let separator = text.firstIndex(where: { $0 == " " || $0 == ":" }) else {
      throw .usage("'\(text)' names no map: write \"id 12\", \"name hits\" or \"pinned PATH\"")
    }
    try self.init(
      keyword: String(text[..<separator]), operand: String(text[text.index(after: separator)...]))
  }

  /// Takes the selector a command begins with off its words.
  init(consuming words: inout ArraySlice<String>) throws(Failure) {
    guard let keyword = words.popFirst() else {
      throw .usage("which map? Name it as \(Self.grammar)")
    }
    guard Self.keywords.contains(keyword) else {
      throw .usage("a map is named as \(Self.grammar), not as '\(keyword)'")
    }
    guard let operand = words.popFirst() else {
      throw .usage("'\(keyword)' needs something after it: \(Self.grammar)")
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
