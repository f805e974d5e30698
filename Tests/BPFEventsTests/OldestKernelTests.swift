//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import KernelFixtures
import Testing

/// Compiles the fixtures for the oldest kernels wherever the tests run, so that emulated processors need not.
@Suite("Event programs for the oldest kernels", .sources, .notEmulated(.asksNoKernel))
struct OldestKernelTests {
  @Test("Compiles without atomic fetches", arguments: ["lines", "many", "records", "samples"])
  func compile(name: String) throws {
    #expect(try !EventFixture.object(name, definitions: FixtureObjects.oldest).programs.isEmpty)
  }
}
