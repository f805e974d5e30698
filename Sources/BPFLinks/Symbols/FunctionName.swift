//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// A place in a program as people write it: a function's name, behind which a version and an offset may stand, such as
/// `malloc`, `malloc@GLIBC_2.2.5`, `malloc@@GLIBC_2.2.5` or `malloc+0x10`.
struct FunctionName: Hashable, Sendable {
  /// All of it.
  let text: String

  /// The name alone.
  let name: String

  /// The version, if one was given.
  let version: String?

  /// Whether the version must be the one that programs get which ask for none: it was written behind `@@`.
  let isDefaultVersion: Bool

  /// Bytes from the function's beginning.
  let offset: UInt64

  init(_ text: String) {
    self.text = text
    var whole = text[...]
    var offset: UInt64 = 0
    if let plus = text.lastIndex(of: "+"), let number = FunctionName.number(text[text.index(after: plus)...])
    {
      (whole, offset) = (text[..<plus], number)
    }
    self.offset = offset
    guard let at = whole.firstIndex(of: "@"), at > whole.startIndex else {
      (name, version, isDefaultVersion) = (String(whole), nil, false)
      return
    }
    let rest = whole[whole.index(after: at)...]
    isDefaultVersion = rest.hasPrefix("@")
    (name, version) = (String(whole[..<at]), String(rest.drop { $0 == "@" }))
  }

  /// A number, in decimal or behind `0x`; nil if it is none.
  static func number(_ text: Substring) -> UInt64? {
    text.hasPrefix("0x") || text.hasPrefix("0X")
      ? UInt64(text.dropFirst(2), radix: 16) : text.first?.isNumber == true ? UInt64(text) : nil
  }
}

/// A pattern that names are held against: `*` stands for any characters, `?` for one.
package struct NamePattern: Sendable {
  private let pattern: [UInt8]

  package init(_ text: String) { pattern = Array(text.utf8) }

  /// Whether a name fits.
  package func matches(_ name: ArraySlice<UInt8>) -> Bool {
    var (position, index) = (0, name.startIndex)
    // Where to go on if what follows the last star does not fit: one character further.
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
