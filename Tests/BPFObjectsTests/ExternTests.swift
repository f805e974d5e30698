//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPFMaps
import BPFObjects
import BPFSyscall
import BTF
import Testing

@Suite("Externs of object files", .sources, .notEmulated(.asksNoKernel))
struct ExternTests {
  @Test("Reads configuration options, symbols, variables and kfuncs")
  func externs() throws {
    let file = try ObjectFixture.object("externs")
    let kinds = Dictionary(uniqueKeysWithValues: file.externs.map { ($0.name, $0.kind) })
    #expect(
      kinds == [
        "LINUX_KERNEL_VERSION": .configuration, "CONFIG_BPF": .configuration, "CONFIG_IPV6": .configuration,
        "CONFIG_HZ": .configuration, "CONFIG_DEFAULT_HOSTNAME": .configuration, "bpf_prog_active": .symbol,
        "bpf_missing": .variable, "runqueues": .variable, "bpf_task_from_pid___newer": .function,
        "bpf_no_such_function": .function,
      ])
    let weak = file.externs.filter(\.isWeak).map(\.name)
    #expect(Set(weak) == ["CONFIG_HZ", "bpf_missing", "bpf_no_such_function"])
    #expect(file.externs["bpf_prog_active"]?.type == nil)
    #expect(file.externs["runqueues"]?.type?.name == "rq")
    #expect(file.externs["bpf_task_from_pid___newer"]?.type?.kind == .function)
    #expect(file.externs["bpf_task_from_pid___newer"]?.kernelName == "bpf_task_from_pid")
    #expect(file.externs["bpf_prog_active"]?.kernelName == "bpf_prog_active")
  }

  @Test("Lays out options by alignment, size and name")
  func configuration() throws {
    let file = try ObjectFixture.object("externs")
    let offsets = file.externs.filter { $0.kind == .configuration }.map { ($0.name, [$0.offset, $0.size]) }
    #expect(
      Dictionary(uniqueKeysWithValues: offsets) == [
        "CONFIG_HZ": [0, 8], "CONFIG_IPV6": [8, 4], "LINUX_KERNEL_VERSION": [12, 4], "CONFIG_BPF": [16, 1],
        "CONFIG_DEFAULT_HOSTNAME": [17, 20],
      ])
    let map = try #require(file.maps[".kconfig"])
    #expect(map.kind == .configuration && map.valueSize == 37 && map.contents.isEmpty)
    #expect(map.flags == [.readOnlyProgram, .mmapable])
    #expect(file.types?[map.valueTypeID]?.kind == .dataSection)

    let layout = try #require(file.layouts.first { $0.name == ".kconfig" })
    #expect(layout.byteCount == 37 && layout.variables.map(\.byteOffset) == [0, 8, 12, 16, 17])
    let symbols = try #require(file.layouts.first { $0.name == ".ksyms" })
    #expect(symbols.byteCount == 20 && symbols.variables.map(\.byteOffset) == [0, 4, 8, 12, 16])
  }

  @Test("Loads and calls refer to externs")
  func references() throws {
    let linked = try ObjectFixture.object("externs").linked("ask")
    let references = Set(linked.references.map(\.reference))
    #expect(
      references.isSuperset(of: [
        .extern("CONFIG_HZ"), .extern("runqueues"), .extern("bpf_missing"), .extern("bpf_no_such_function"),
        .externCall("bpf_task_from_pid___newer"), .externCall("bpf_no_such_function"),
      ]))
    for reference in linked.references {
      guard case .externCall = reference.reference else { continue }
      #expect(linked.instructions[reference.instruction].isCall)
    }
  }

  @Test("Rejects undefined symbols and unsupported option types")
  func refusals() throws {
    let use = "__attribute__((section(\"tc\"), used)) int f(void *c) { return (long)&it; }"
    let undefined = #expect(throws: BPFError.self) {
      try ObjectFixture.object(source: "extern int it; " + use)
    }
    #expect(
      undefined?.code == .malformed && undefined?.explanation.contains("'it' is defined nowhere") == true)
    for type in ["float", "struct s { int a; }", "int *", "_Bool *"] {
      let error = #expect(throws: BPFError.self) {
        try ObjectFixture.object(
          source: "typedef \(type) type; extern type it __attribute__((section(\".kconfig\"))); " + use)
      }
      #expect(error?.code == .unsupported || type == "struct s { int a; }" && error != nil, "\(type)")
    }
  }
}
