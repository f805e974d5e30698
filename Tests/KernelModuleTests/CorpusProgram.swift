//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import Foundation
import KernelFixtures
import SystemPackage
import Testing

/// A kernel module of one file, with what becomes of it: see `Corpus`.
struct CorpusProgram: CustomTestStringConvertible, Sendable {
  let file: URL
  let isChecked: Bool

  /// What a file says for each mode, such as `// checked: loads`.
  enum Outcome: Equatable, Sendable {
    /// The compiler accepts it, and so does the kernel.
    case loads
    /// The verifier rejects it, and its log has the text.
    case rejected(String)
    /// This kernel may forbid the program's type.
    case forbidden
    /// The generator refuses it: `refused, line 3: TEXT`. The text is the beginning of the message.
    case refused(line: Int, String)

    init?(_ text: Substring) {
      if text == "loads" {
        self = .loads
      } else if text == "forbidden" {
        self = .forbidden
      } else if let match = text.wholeMatch(of: /rejected: (.+)/) {
        self = .rejected(String(match.1))
      } else if let match = text.wholeMatch(of: /refused, line (\d+): (.+)/), let line = Int(match.1) {
        self = .refused(line: line, String(match.2))
      } else {
        return nil
      }
    }
  }

  var name: String { file.deletingPathExtension().lastPathComponent }
  var testDescription: String { "\(name), \(isChecked ? "checked" : "unchecked")" }

  /// All programs, each in both modes.
  static var all: [CorpusProgram] {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Corpus")
    let files = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
    return (files?.compactMap { $0 as? URL } ?? []).filter { $0.pathExtension == "swift" }
      .sorted { $0.path < $1.path }
      .flatMap { file in [false, true].map { CorpusProgram(file: file, isChecked: $0) } }
  }

  private func source() throws -> String { try String(contentsOf: file, encoding: .utf8) }

  /// Returns the outcome that the file gives for the mode.
  func expectedOutcome() throws -> Outcome {
    let prefix = "// \(isChecked ? "checked" : "unchecked"): "
    let line = try source().split(separator: "\n").first { $0.hasPrefix(prefix) }
    return try #require(
      line.flatMap { Outcome($0.dropFirst(prefix.count)) }, "the file gives no outcome: \(file.path)")
  }

  /// Returns what the file says about a run.
  func expectedRun() throws -> CorpusRun { try CorpusRun(source()) }

  /// Compiles the program with the generator of the build plugin.
  func compile() throws -> KernelModuleFixture {
    try withTemporaryDirectory { folder in
      try KernelModuleFixture.compile(
        ["\(name).swift": source()], named: "Corpus", options: isChecked ? [] : ["-Ounchecked"], in: folder)
    }
  }
}
