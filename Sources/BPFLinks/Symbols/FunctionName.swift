//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import ELF

/// A function's name as users write it, optionally with a version and an offset: `malloc`, `malloc@GLIBC_2.2.5`,
/// `malloc@@GLIBC_2.2.5` or `malloc+0x10`.
struct FunctionName: Hashable, Sendable {
  /// The complete text.
  let text: String

  /// The name without version and offset.
  let name: String

  /// The version, if one was given.
  let version: String?

  /// Whether the version must be the default one: it was written after `@@`.
  let isDefaultVersion: Bool

  /// The offset from the function's beginning, in bytes.
  let offset: UInt64

  init(_ text: String) {
    self.text = text
    var base = text[...]
    var offset: UInt64 = 0
    if let plus = text.lastIndex(of: "+"), let number = FunctionName.number(text[text.index(after: plus)...])
    {
      (base, offset) = (text[..<plus], number)
    }
    self.offset = offset
    guard let at = base.firstIndex(of: "@"), at > base.startIndex else {
      (name, version, isDefaultVersion) = (String(base), nil, false)
      return
    }
    let rest = base[base.index(after: at)...]
    isDefaultVersion = rest.hasPrefix("@")
    (name, version) = (String(base[..<at]), String(rest.drop { $0 == "@" }))
  }

  /// Parses a number, decimal or with the prefix `0x`; nil if it is malformed.
  static func number(_ text: Substring) -> UInt64? {
    text.hasPrefix("0x") || text.hasPrefix("0X")
      ? UInt64(text.dropFirst(2), radix: 16) : text.first?.isNumber == true ? UInt64(text) : nil
  }
}

/// A pattern for names: `*` matches any characters, `?` matches one.
package struct NamePattern: Sendable {
  private let pattern: [UInt8]

  package init(_ text: String) { pattern = Array(text.utf8) }

  /// Returns whether a name matches the pattern.
  package func matches(_ name: ArraySlice<UInt8>) -> Bool {
    var (position, index) = (0, name.startIndex)
    // The state to resume from if the text after the last star does not match: one character further.
    var retry: (position: Int, index: Int)?
    while index < name.endIndex {
      if position < pattern.count, pattern[position] == UInt8(ascii: "*") {
        position += 1
        retry = (position, index)
      } else if position < pattern.count,
        pattern[position] == UInt8(ascii: "?") || pattern[position] == name[index]
      {
        position += 1
        index += 1
      } else if let last = retry {
        (position, index) = (last.position, last.index + 1)
        retry = (position, index)
      } else {
        return false
      }
    }
    return pattern[position...].allSatisfy { $0 == UInt8(ascii: "*") }
  }
}
