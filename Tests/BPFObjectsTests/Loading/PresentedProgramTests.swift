//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import BPFSyscall
import KernelFixtures
import SystemPackage
import Testing

@Suite("The README's program", .kernel)
struct PresentedProgramTests {
  @Test("Compiles with the package's headers alone, loads and runs")
  func readme() throws {
    let page = try KernelFile.read(ObjectFixture.package.appending("README.md"))
    let source = try #require(
      page.split(separator: "```c\n").dropFirst().first?.split(separator: "```").first)
    try withTemporaryDirectory { directory in
      let path = directory.appending("hits.bpf.o")
      try Toolchain.compile(
        String(source), to: path, includePaths: [ObjectFixture.package.appending("Headers")])
      var file = try ObjectFile(path)
      try file.setVariable("smallest", to: UInt32(60))
      let object = try file.load()
      let count = try #require(object.programs["count"])
      for length in [59, 64, 64] { _ = try count.run(data: [UInt8](repeating: 0, count: length)) }
      let hits = try HashMap<UInt32, UInt64>(try #require(object.maps["hits"]))
      #expect(try hits.entries().map { [UInt64($0.key), $0.value] } == [[64, 2]])
    }
  }
}
