//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import Testing

@testable import BPFCodeGeneration

@Suite("Swift declarations")
struct SwiftDeclarationTests {
  @Test("Reads a global with its module and type")
  func variables() throws {
    let text = "static Flows.Tables.byKey : BPFKernel.HashMap<Flows.Key, Swift.InlineArray<4, Swift.UInt8>>"
    let declaration = try #require(SwiftDeclaration(demangled: text))
    #expect((declaration.module, declaration.name) == ("Flows", "byKey"))
    guard case .variable(let type) = declaration.kind else {
      Issue.record("not a variable: \(declaration)")
      return
    }
    #expect(type.name == "BPFKernel.HashMap")
    #expect(type.arguments.map(\.text) == ["Flows.Key", "Swift.InlineArray<4, Swift.UInt8>"])
    #expect(type.arguments[1].arguments.map(\.name) == ["4", "Swift.UInt8"])
  }

  @Test("Reads a function with its parameters and result")
  func functions() throws {
    let text = "Flows.count(context: BPFKernel.XDPContext, (Swift.UInt8, Swift.Int)) -> BPFKernel.XDPAction"
    let declaration = try #require(SwiftDeclaration(demangled: text))
    guard case .function(let parameters, let result) = declaration.kind else {
      Issue.record("not a function: \(declaration)")
      return
    }
    #expect(declaration.name == "count")
    #expect(parameters.map(\.text) == ["BPFKernel.XDPContext", "(Swift.UInt8, Swift.Int)"])
    #expect(result.text == "BPFKernel.XDPAction")
  }

  @Test("Reads private declarations without their discriminators")
  func privates() throws {
    let text = "Flows.(limit in _0123ABCD) : Flows.(Limit in _0123ABCD)"
    let declaration = try #require(SwiftDeclaration(demangled: text))
    guard case .variable(let type) = declaration.kind else {
      Issue.record("not a variable: \(declaration)")
      return
    }
    #expect(declaration.name == "limit")
    #expect(type.isPrivate)
  }

  @Test(
    "Other symbols are not declarations",
    arguments: [
      "one-time initialization function for base", "$e2Em4base_WZ", "", "main",
      "merged generic specialization <Swift.UInt8> of x",
    ])
  func others(_ text: String) {
    #expect(SwiftDeclaration(demangled: text) == nil)
  }
}
