//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// A part of a value that has no parts of its own, as one of two languages sees it.
struct TypeLeaf: Equatable {
  /// What its bytes mean, as far as it can be compared.
  enum Meaning: Equatable {
    case signed, unsigned, float
    /// A number of which one language or the other does not say whether it has a sign: characters, truth values,
    /// enumerations, pointers.
    case number
    /// A union, bit-fields, or a type whose parts are not known: any parts will do.
    case opaque
  }

  /// The names on the way to it; empty ones are left out, and so is that of a structure's only member.
  var path: [String]
  var offset: Int
  var size: Int
  /// How many there are, one after the other, in an array.
  var count = 1
  var meaning: Meaning
  /// The type in its own language.
  var typeName: String

  /// The bytes it takes.
  var range: Range<Int> { offset..<offset + size * count }

  /// Its name for a person, such as `task.pid`.
  var name: String { path.joined(separator: ".") }

  /// Whether its only purpose is to take up room.
  var isFiller: Bool {
    guard let last = path.last.map(TypeLeaf.plain) else { return false }
    return ["pad", "reserved", "unused", "rsvd"].contains { last.hasPrefix($0) }
  }
}

// MARK: - Comparison

extension TypeLeaf {
  /// Whether the same bytes mean the same in both languages.
  func agrees(with other: TypeLeaf) -> Bool {
    offset == other.offset && size == other.size && count == other.count && means(the: other)
      && isNamed(as: other)
  }

  private func means(the other: TypeLeaf) -> Bool {
    if meaning == other.meaning { return true }
    return (meaning == .number && other.meaning != .float) || (other.meaning == .number && meaning != .float)
  }

  /// Whether the names are the same, written in either language's way. What has no name has any.
  private func isNamed(as other: TypeLeaf) -> Bool {
    if path.isEmpty || other.path.isEmpty { return true }
    return TypeLeaf.plain(path.joined()) == TypeLeaf.plain(other.path.joined())
  }

  /// Letters and digits alone, all small.
  static func plain(_ name: String) -> String {
    name.lowercased().filter { $0 != "_" && $0 != "." }
  }
}
