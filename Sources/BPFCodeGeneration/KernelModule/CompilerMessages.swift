//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// The messages of a compiler, rewritten so that each names a Swift file and line, and says what to do.
package struct CompilerMessages {
  /// A message of a compiler.
  fileprivate struct Message {
    var location: String
    var text: String
    /// The lines after it: the source, and notes.
    var details: [Substring] = []
  }

  private let messages: [Message]
  /// Lines before the first message.
  private let others: [Substring]

  package init(_ output: String) {
    var messages: [Message] = []
    var others: [Substring] = []
    for line in output.split(separator: "\n") {
      if let error = line.firstRange(of: "error: "), !line.hasPrefix(" "),
        line.firstRange(of: "note: ") == nil
      {
        messages.append(
          Message(
            location: String(line[..<error.lowerBound]), text: String(line[error.upperBound...])))
      } else if messages.isEmpty {
        others.append(line)
      } else {
        messages[messages.count - 1].details.append(line)
      }
    }
    (self.messages, self.others) = (messages, others)
  }

  /// Returns the text for the build's log: an error for each location, what to do, and the compiler's words.
  ///
  /// - Parameters:
  ///   - module: the module's name, which begins the paths in line information.
  ///   - folder: the module's folder, which replaces it.
  ///   - bitcode: returns the module's bitcode as text. It is asked only if a message has no location.
  package func rewritten(module: String, folder: String, bitcode: () -> BitcodeText?) -> String {
    var lines: [String] = []
    var seen: Set<String> = []
    // Messages without a location are consequences of those that have one.
    let placed = messages.filter { location(of: $0, module: module, folder: folder) != nil }
    for message in placed.isEmpty ? messages : placed {
      let refusal = Refusal.of(message.text)
      var location = location(of: message, module: module, folder: folder)
      if location == nil, let search = refusal?.search, let found = bitcode()?.first(search) {
        location = "\(folder)\(found.file.dropFirst(module.count)):\(found.line)"
      }
      if location == nil, !seen.isEmpty { continue }
      let text = refusal.map { "\(message.global)\($0.advice) (\(message.summary))" } ?? message.text
      let line = "\(location ?? folder): error: "
      guard seen.insert(line + (refusal?.advice ?? text)).inserted else { continue }
      lines.append(line + text)
      if message.location.contains(".swift:") { lines += message.source }
    }
    return (lines.isEmpty ? others.map(String.init) : lines).map { $0 + "\n" }.joined()
  }

  /// The Swift source location of a message; nil if it has none in the module.
  private func location(of message: Message, module: String, folder: String) -> String? {
    let own = message.location.trimmingSuffix(": ")
    if own.contains(".swift:") || own.contains(".bpf.c:") || own.contains(".h:") { return own }
    // The back end reports Swift's lines in notes, or within the text.
    for text in [message.text[...]] + message.details {
      guard let start = text.firstRange(of: "\(module)/") else { continue }
      let words = text[start.lowerBound...].prefix { !" ,]".contains($0) }.split(separator: ":")
      if words.count >= 2, words[0].hasSuffix(".swift"), let line = Int(words[1]), line > 0 {
        return "\(folder)\(words[0].dropFirst(module.count)):\(line)"
      }
    }
    return nil
  }
}

extension CompilerMessages.Message {
  /// The name of the global that the message is about, as the beginning of a sentence; empty if there is none.
  fileprivate var global: String {
    guard let start = text.firstRange(of: "one-time initialization token for ")?.upperBound else { return "" }
    return "'\(text[start...].prefix { $0 != "\"" })': "
  }

  /// The compiler's words, without its own internals.
  fileprivate var summary: String {
    text.contains("Cannot select") || text.contains("GlobalAddress") ? "error of the back end for BPF" : text
  }

  /// The lines of source after the message.
  fileprivate var source: [String] {
    details.filter { !$0.hasPrefix("[#") && !$0.hasPrefix("<unknown>") }.map(String.init)
  }
}

extension BitcodeText {
  fileprivate func first(_ search: Refusal.Search) -> Location? {
    switch search {
    case .instruction(let texts): uses(of: texts).first
    case .function(let text): functions { $0.contains(text) }.first
    }
  }
}

extension String {
  fileprivate func trimmingSuffix(_ suffix: String) -> String {
    hasSuffix(suffix) ? String(dropLast(suffix.count)) : self
  }
}
