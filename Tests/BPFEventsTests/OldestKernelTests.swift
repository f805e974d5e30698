//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import KernelFixtures
import Testing

/// What only the oldest kernels get compiles wherever the tests run, which also saves their emulated processors the work.
@Suite("Programs of events for the oldest kernels", .sources, .leftOutInEmulation(.asksNoKernel))
struct OldestKernelTests {
  @Test("They compile without atomic fetches", arguments: ["lines", "many", "records", "samples"])
  func compile(name: String) throws {
    #expect(try !EventFixture.object(name, definitions: FixtureObjects.oldest).programs.isEmpty)
  }
}
