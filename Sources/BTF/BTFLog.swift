//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// The kernel's BTF verifier log: a header, a line for each type, and the reason for a rejection.
package enum BTFLog {
  /// The maximum number of characters of a line in a message.
  private static let maximumLineLength = 300

  /// Returns the kernel's reason for rejecting the types: the last line of its log, preceded by the type's line if it
  /// is about a member. Nil if the log is empty.
  package static func reason(in log: String) -> String? {
    let lines = log.split(separator: "\n").filter { !$0.allSatisfy(\.isWhitespace) }
    guard let last = lines.last else { return nil }
    guard last.first?.isWhitespace == true, let type = lines.last(where: { $0.hasPrefix("[") }) else {
      return shortened(last)
    }
    return "\(shortened(type)): \(shortened(last))"
  }

  private static func shortened(_ line: Substring) -> String {
    let text = line.drop { $0.isWhitespace }
    // The kernel puts the reason at the end of the line.
    return text.count <= maximumLineLength ? String(text) : "... " + String(text.suffix(maximumLineLength))
  }
}
