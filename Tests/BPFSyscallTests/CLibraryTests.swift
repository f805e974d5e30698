//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import Foundation
import KernelFixtures
import Testing

@Suite("The C library")
struct CLibraryTests {
  @Test("Only one source file names a C library", .sources)
  func imports() throws {
    let sources = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../Sources")
    let files = try #require(FileManager.default.enumerator(at: sources, includingPropertiesForKeys: nil))
    var importing: [String] = []
    for case let file as URL in files where file.pathExtension == "swift" {
      let text = try String(contentsOf: file, encoding: .utf8)
      if text.firstMatch(of: /\bimport (Glibc|Musl)\b/) != nil { importing.append(file.lastPathComponent) }
    }
    #expect(importing == ["CLibrary.swift"])
  }
}
