//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import KernelFixtures
import Testing

/// Compiles the variants for the oldest kernels. Compiling them outside emulation saves the emulated CPUs the work.
@Suite("Programs for the oldest kernels", .sources, .notEmulated(.asksNoKernel))
struct OldestKernelTests {
  @Test(
    "Compiles without cookies and atomic fetches",
    arguments: [
      ("probes", [], true), ("probes", ["LINUX_HAS_BPF_COOKIE=CONFIG_PROBES_HAVE_COOKIES"], true),
      ("tracing", ["BEFORE_LINUX_6_10"], true), ("tracing", ["BEFORE_LINUX_6_10"], false),
    ]
      as [(String, [String], Bool)])
  func compile(name: String, definitions: [String], isForOldest: Bool) throws {
    // The folder of fixtures is beside this file.
    let fixtures = FixtureObjects(beside: #filePath)
    try withTemporaryDirectory { directory in
      try fixtures.compile(
        name, to: directory.appending("\(name).bpf.o"), definitions: definitions, isForOldest: isForOldest)
    }
  }
}
