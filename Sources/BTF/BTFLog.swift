//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// The log that the kernel writes while it verifies BTF: a header, then a line for each type, then the reason.
package enum BTFLog {
  /// The most characters of a line that are told.
  private static let longestLine = 300

  /// Returns the kernel's reason to refuse the types: the last line of its log, and for a member the line of its type
  /// too; nil if the log has no line.
  package static func reason(in log: String) -> String? {
    let lines = log.split(separator: "\n").filter { !$0.allSatisfy(\.isWhitespace) }
    guard let last = lines.last else { return nil }
    guard last.first?.isWhitespace == true, let type = lines.last(where: { $0.hasPrefix("[") }) else {
      return told(last)
    }
    return "\(told(type)): \(told(last))"
  }

  private static func told(_ line: Substring) -> String {
    let text = line.drop { $0.isWhitespace }
    // The kernel puts its reason at the end of the line.
    return text.count <= longestLine ? String(text) : "... " + String(text.suffix(longestLine))
  }
}
