//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import KernelFixtures
import Testing

/// Tests that descriptors of links do not leak.
///
/// The suite is not serialized: each detachment waits for the kernel, and other tests can run meanwhile.
@Suite("Leaks of links", .kernel)
struct LinkLeakTests {
  @Test("Releasing many links leaks no descriptors", .kernel(since: "5.15"), .notEmulated(.takesLong))
  func leaks() async {
    await #expect(processExitsWith: .success) {
      let programs = try TracingPrograms()
      let descriptors = OpenDescriptors.count
      for _ in 0..<KernelAccess.rounds(1000) {
        let link = try programs["on_entry"].attach()
        _ = try link.duplicate()
        try programs["on_raw_entry"].attach().detach()
        _ = try? programs["on_raw_entry"].attach(toRawTracepoint: "nix")
      }
      #expect(OpenDescriptors.count == descriptors)
    }
  }
}
