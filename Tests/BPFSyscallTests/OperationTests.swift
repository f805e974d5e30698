//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import Foundation
import KernelFixtures
import Testing

/// Tests the operations that all modules declare.
@Suite("Operations of errors")
struct OperationTests {
  /// A declaration of an operation in the sources.
  struct Declaration {
    var file: String
    var name: Substring
    var identifier: Substring
  }

  static func declarations() throws -> [Declaration] {
    let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../Sources")
    let files = try #require(FileManager.default.enumerator(at: root, includingPropertiesForKeys: nil))
    return try files.compactMap { $0 as? URL }.filter { $0.pathExtension == "swift" }.flatMap { file in
      try String(contentsOf: file, encoding: .utf8).matches(
        of: /static var (\w+): BPFError\.Operation \{\s+BPFError\.Operation\((?:rawValue: )?"(\w+)"/
      ).map { Declaration(file: file.lastPathComponent, name: $0.1, identifier: $0.2) }
    }
  }

  @Test(
    "Every operation's identifier is its name, and no module repeats one", .notEmulated(.asksNoKernel))
  func identifiers() throws {
    let declarations = try Self.declarations()
    // Every module that declares operations is found.
    #expect(Set(declarations.map(\.file)) == ["BPFError+Operation.swift", "Operations.swift"])
    #expect(
      ["open", "lookup", "readBTF", "run", "detach", "consume"].allSatisfy { name in
        declarations.contains { $0.name == name }
      })
    for declaration in declarations { #expect(declaration.identifier == declaration.name) }
    let repeated = Dictionary(grouping: declarations, by: \.identifier).filter { $0.value.count > 1 }
    #expect(repeated.isEmpty)
  }
}
