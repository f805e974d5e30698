//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// A part of a value without parts of its own, as seen by Swift or by C.
struct TypeLeaf: Equatable {
  /// The kind of number, as far as both languages tell.
  enum Meaning: Equatable {
    case signed, unsigned, float
    /// A number whose signedness one of the languages does not specify: characters, Booleans, enumerations, pointers.
    case number
    /// A union, bit-fields, or a type with unknown parts, which matches any parts.
    case opaque
  }

  /// The names of the members on the way to the part. Empty names are omitted, and so is that of a structure's only
  /// member.
  var path: [String]
  var offset: Int
  var size: Int
  /// The number of consecutive elements if the part is an array.
  var count = 1
  var meaning: Meaning
  /// The name of the type in its language.
  var typeName: String
  /// Whether the part is an element of a tuple, or a part of one: names of elements are missing in the path.
  var isInTuple = false

  /// The range of the part's bytes.
  var range: Range<Int> { offset..<offset + size * count }

  /// The part's name for messages, such as `task.pid`.
  var name: String { path.joined(separator: ".") }

  /// Whether the part is named as padding.
  var isPadding: Bool {
    guard let last = path.last.map(TypeLeaf.plain) else { return false }
    return ["pad", "reserved", "unused", "rsvd"].contains { last.hasPrefix($0) }
  }
}

// MARK: - Comparison

extension TypeLeaf {
  /// Returns whether both parts have the same offset, size, meaning and name.
  func agrees(with other: TypeLeaf) -> Bool {
    offset == other.offset && size == other.size && count == other.count && means(the: other)
      && isNamed(as: other)
  }

  private func means(the other: TypeLeaf) -> Bool {
    if meaning == other.meaning { return true }
    return (meaning == .number && other.meaning != .float) || (other.meaning == .number && meaning != .float)
  }

  /// Returns whether the names are equal in either language's style. An empty name matches every name.
  private func isNamed(as other: TypeLeaf) -> Bool {
    if path.isEmpty || other.path.isEmpty { return true }
    let (name, otherName) = (TypeLeaf.plain(path.joined()), TypeLeaf.plain(other.path.joined()))
    // The name of a tuple's element is anywhere in the other path.
    return name == otherName || (isInTuple && name.isSubsequence(of: otherName))
  }

  /// Returns the name in lower case, without `_`, `.`, and characters that C identifiers do not have.
  static func plain(_ name: String) -> String {
    name.lowercased().filter { $0.isASCII && $0 != "_" && $0 != "." }
  }
}

extension String {
  /// Whether the other string is this one with more characters in between.
  fileprivate func isSubsequence(of other: String) -> Bool {
    var rest = self[...]
    for character in other where character == rest.first { rest.removeFirst() }
    return rest.isEmpty
  }
}
