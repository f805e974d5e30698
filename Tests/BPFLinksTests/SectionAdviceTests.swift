//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import BPFObjects
import BPFSyscall
import KernelFixtures
import Testing

@testable import BPFLinks

@Suite("Advice for sections that do not specify a target")
struct SectionAdviceTests {
  @Test("Every program type has a section, and every section has advice")
  func complete() {
    let types = Set(SectionConvention.all.map(\.type))
    #expect(ProgramType.allKnown.filter { !types.contains($0) } == [])
    for convention in SectionConvention.all { #expect(convention.attachAdvice != nil, "\(convention.name)") }
  }

  @Test(
    "Sections of one program type have their own advice",
    arguments: [
      ("tc", "name it with attach(toTCXOf:_:) or attach(toClsactOf:_:)"),
      ("netkit/peer", "name it with attach(toNetkit:peer:)"),
      ("xdp", "name it with attach(toXDPOf:)"),
      ("xdp/devmap", "put the program into a DevMap or DevMapHash, together with a device"),
      ("lsm_cgroup", "name it with attach(toCgroup:)"),
      ("kprobe", "name it with attach(toKprobe:)"),
      ("kretsyscall", "name it with attach(toKernelSystemCall:)"),
      ("uprobe.s", "name it with attach(toUprobe:of:)"),
      ("uprobe.session", "name it with attach(toUprobes:of:)"),
      ("usdt", "name it with attach(toUSDT:provider:of:)"),
    ])
  func advice(section: String, advice: String) {
    #expect(SectionConvention.match(section).convention?.attachAdvice == advice)
  }

  @Test("The error names the call for a program without a target", .kernel, .sources)
  func error() throws {
    let program = try PacketPrograms()["on_frame"]
    let error = #expect(throws: BPFError.self) { try program.attach() }
    #expect(error?.code == .invalidArgument)
    #expect(error?.explanation.hasSuffix("does not specify a target: name it with attach(toXDPOf:)") == true)
  }
}
