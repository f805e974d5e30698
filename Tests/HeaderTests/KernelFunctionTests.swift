//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import KernelFixtures
import SystemPackage
import Testing

/// Programs that call kfuncs as declared by the generated header.
@Suite("Kfuncs", .bpftool)
struct KernelFunctionTests {
  @Test("Calls kfuncs for CPU masks, tasks, dynptrs and iterators")
  func run() throws {
    try HeaderFixture.withVmlinux { directory in
      let path = directory.appending("kernel_functions.bpf.o")
      try Toolchain.compile(
        HeaderFixture.source("kernel_functions"), to: path, includePaths: [HeaderFixture.headers, directory],
        definitions: [HeaderFixture.machine], warnings: HeaderFixture.strict)
      let object = try ObjectFile(path).load()
      for name in ["masks", "tasks", "numbers"] {
        let run = try object.program(name).run(context: [UInt8](repeating: 0, count: 8))
        #expect(run.returnValue == 0, "\(name)")
      }
      #expect(try object.program("is_there").run(context: [UInt8](repeating: 0, count: 8)).returnValue == 1)
      _ = try object.program("dynptrs").run(data: [0x45] + [UInt8](repeating: 0, count: 63))
      #expect(try object.variable("first_cpu", as: Int32.self) == 1)
      #expect(try object.variable("pid", as: Int32.self) > 0)
      #expect(try object.variable("task_count", as: Int32.self) > 1)
      #expect(try object.variable("number_sum", as: Int32.self) == 13)
      #expect(try object.variable("dynptr_size", as: UInt32.self) == 64)
      #expect(try object.variableBytes("bytes").first == 0x45)
    }
  }

  @Test("No helper has the name of a kfunc")
  func distinctNames() throws {
    let helpers = Set(
      try HeaderFixture.header("bpf_helper_defs.h").matches(of: /\*const (\w+)\)/).map { String($0.1) })
    #expect(helpers.count > 200)
    #expect(try HeaderFixture.kernel.get().kfuncs.map(\.name).filter(helpers.contains).isEmpty)
  }
}
