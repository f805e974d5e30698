//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import KernelTypeDeclarations
import Testing

@Suite("Swift names")
struct SwiftNameTests {
  @Test(
    "Type names",
    arguments: [
      ("flow_key", "FlowKey"), ("packetcount", "Packetcount"), ("FlowKey", "FlowKey"), ("XDP", "XDP"),
      ("TCP_STATE", "TcpState"), ("__sk_buff", "SkBuff"), ("my-file.v2", "MyFileV2"), ("3d", "Type3d"),
      ("_", "Type"), ("", "Type"), ("größe", "GrE"),
    ])
  func types(_ name: String, _ expected: String) {
    #expect(SwiftName.type(name) == expected)
  }

  @Test(
    "Member names",
    arguments: [
      ("rx_packets", "rxPackets"), ("hitsByPID", "hitsByPID"), ("PID", "pid"), ("Type", "type"),
      ("MAX_ENTRIES", "maxEntries"), ("_1", "_1"), ("__pad", "pad"), ("___", "unnamed"), ("", "unnamed"),
      ("xdp_MODE", "xdpMODE"),
    ])
  func members(_ name: String, _ expected: String) {
    #expect(SwiftName.member(name) == expected)
  }

  @Test("Keywords are escaped with backticks", arguments: ["in", "class", "default"])
  func keywords(_ name: String) {
    #expect(SwiftName.escaped(name) == "`\(name)`")
    #expect(SwiftName.escaped(name + "s") == name + "s")
  }

  @Test("A name that is taken gets an underscore")
  func collisions() {
    var scope = NameScope(reserved: ["self"])
    #expect(["a", "a", "a_", "self"].map { scope.claim($0) } == ["a", "a_", "a__", "self_"])
  }

  @Test("File names cannot inject source")
  func literals() {
    #expect("a\"\\\n\u{e9}$".literal == "\"a\\\"\\\\\\u{a}\\u{e9}$\"")
    #expect("two\nlines".forComment == "two?lines")
  }
}
