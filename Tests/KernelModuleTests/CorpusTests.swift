//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import KernelFixtures
import SystemPackage
import Testing

/// Compiles kernel modules in Swift, one for each feature of the language, kind of map and type of program, loads them, and runs
/// those that take packets.
@Suite("Corpus of kernel modules", .kernel, .kernel(since: "6.7"), .compilers)
struct CorpusTests {
  @Test("A kernel module does what its file says", arguments: CorpusProgram.all)
  func outcome(_ program: CorpusProgram) throws {
    let expected = try program.expectedOutcome()
    let module = try program.compile()
    if case .refused(let line, let text) = expected {
      #expect(module.object == nil, "it compiles")
      let message = try #require(
        module.messages.prefixMatch(of: /(\w+)\.swift:(\d+)(:\d+)?: error: (.*)/), "\(module.messages)")
      #expect(message.1 == program.name && Int(message.2) == line, "\(module.messages)")
      #expect(message.4.hasPrefix(text), "\(module.messages)")
      return
    }
    let bytes = try #require(module.object, "\(module.messages)")
    let file = try ObjectFile(bytes: bytes, name: program.name)
    do {
      let object = try file.load()
      #expect(expected == .loads || expected == .forbidden)
      try program.expectedRun().expect(of: object)
    } catch let error as BPFError {
      switch expected {
      case .forbidden: #expect(error.errno == .notPermitted, "\(error)")
      case .rejected(let text): #expect(error.log?.contains(text) == true, "\(error)\n\(error.log ?? "")")
      case .loads, .refused: Issue.record(error)
      }
    }
  }
}
