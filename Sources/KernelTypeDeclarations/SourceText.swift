//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// Builds Swift source text line by line.
package struct SourceText {
  package private(set) var text = ""
  private var depth = 0

  package init() {}

  /// Appends a line at the current indentation.
  package mutating func line(_ line: String) {
    text += line.isEmpty ? "\n" : String(repeating: "  ", count: depth) + line + "\n"
  }

  /// Appends an empty line, unless the previous line is empty or opens a brace.
  package mutating func gap() {
    if !text.hasSuffix("{\n"), !text.hasSuffix("\n\n") { line("") }
  }

  /// Appends `head`, an opening brace, the indented lines that `body` writes, and a closing brace.
  package mutating func block(_ head: String, _ body: (inout SourceText) -> Void) {
    line(head + " {")
    depth += 1
    body(&self)
    depth -= 1
    line("}")
  }
}

extension String {
  /// The text as a Swift string literal.
  package var literal: String {
    var literal = "\""
    for scalar in unicodeScalars {
      switch scalar {
      case "\"": literal += "\\\""
      case "\\": literal += "\\\\"
      case " "..."~": literal.unicodeScalars.append(scalar)
      default: literal += "\\u{\(String(scalar.value, radix: 16))}"
      }
    }
    return literal + "\""
  }

  /// The text with every character replaced by `?` that could end a line comment.
  package var forComment: String {
    String(String.UnicodeScalarView(unicodeScalars.map { (" "..."~").contains($0) ? $0 : "?" }))
  }
}
