//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import Foundation
import KernelFixtures
import Testing

/// Tests the generator's check of the toolchain.
@Suite("Toolchain check", .sources, .compilers)
struct ToolchainCheckTests {
  @Test("The toolchain of these tests compiles kernel modules")
  func works() throws {
    let modules = try #require(BuiltModules.ofTheseTests)
    let check = try modules.generate(["--check-toolchain", Toolchain.swiftc()])
    #expect(check.status == 0, "\(check.standardError)")
    #expect(check.standardOutput.contains("compiles kernel modules"))
  }

  @Test("A toolchain that cannot is named with its version, the tested ones, and its message")
  func fails() throws {
    let modules = try #require(BuiltModules.ofTheseTests)
    try withTemporaryDirectory { folder in
      let swiftc = folder.appending("swiftc").string
      let script = """
        #!/bin/sh
        if [ "$1" = --version ]; then echo 'Swift version 6.2.1 (swift-6.2.1-RELEASE)'; exit 0; fi
        echo "<unknown>:0: error: unknown target 'riscv64-none-none-eabi'" >&2
        exit 1
        """
      // A process of its own writes it: a child that another test starts meanwhile would keep it open, and so busy.
      _ = try Command.run("sh", ["-c", "cat >\"$0\" && chmod 755 \"$0\"", swiftc], input: script)
      let check = try modules.generate(["--check-toolchain", swiftc])
      #expect(check.status == 1)
      #expect(check.standardError.contains("Swift 6.2.1 (\(swiftc)) cannot compile kernel modules"))
      #expect(check.standardError.contains("tested with Swift 6.3: "))
      #expect(check.standardError.contains("unknown target 'riscv64-none-none-eabi'"))
    }
  }
}
