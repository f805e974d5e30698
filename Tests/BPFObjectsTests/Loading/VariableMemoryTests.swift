//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import KernelFixtures
import Testing

@Suite("Memory of global variables", .kernel)
struct VariableMemoryTests {
  // The kernel does not freeze a map while it is mapped for writing.
  @Test("Maps a section when a variable is first used")
  func firstUse() throws {
    let object = try ObjectFixture.object("globals").load()
    let (data, zeroed) = (try object.map(".data"), try object.map(".bss"))
    #expect(try object.variable("counter", as: Int32.self) == 40)
    let mapped = #expect(throws: BPFError.self) { try data.freeze() }
    #expect(mapped?.code == .busy)
    try zeroed.freeze()
  }

  @Test("Reads a section frozen before its first use by system calls")
  func frozen() throws {
    let object = try ObjectFixture.object("globals").load()
    try object.map(".data").freeze()
    #expect(try object.variable("counter", as: Int32.self) == 40)
    let refusal = #expect(throws: BPFError.self) { try object.setVariable("counter", to: Int32(1)) }
    #expect(refusal?.code == .frozen)
    #expect(try object.program("use").run(data: LoadingTests.packet).signedReturnValue == 47)
    #expect(try object.variable("counter", as: Int32.self) == 47)
  }

  @Test("A zeroed section starts as zeros unless variables were set")
  func zeros() throws {
    var file = try ObjectFixture.object("globals")
    let plain = try file.load()
    #expect(try plain.map(".bss").lookup([0, 0, 0, 0])?.allSatisfy { $0 == 0 } == true)
    try file.setVariable("runs", to: UInt64(5))
    let set = try file.load()
    #expect(try set.variable("runs", as: UInt64.self) == 5)
    #expect(try set.variableBytes("lengths").allSatisfy { $0 == 0 })
  }

  @Test("Concurrent first uses share one mapping")
  func concurrentFirstUse() async throws {
    let object = try ObjectFixture.object("globals").load()
    try await withThrowingTaskGroup(of: Int32.self) { group in
      for _ in 0..<16 { group.addTask { try object.variable("counter") } }
      for try await value in group { #expect(value == 40) }
    }
    try object.setVariable("counter", to: Int32(3))
    #expect(try object.variable("counter", as: Int32.self) == 3)
  }
}
