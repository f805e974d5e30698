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
  /// The advice for each program of the fixture, by its section.
  private static let advice = [
    "tp": "name it with attach(toTracepoint:category:)",
    "raw_tp": "name it with attach(toRawTracepoint:)",
    "perf_event": "name it with attach(toPerfEvent:cpu:)",
    "kprobe": "name it with attach(toKprobe:)",
    "kretsyscall": "name it with attach(toKernelSystemCall:)",
    "kprobe.multi": "name it with attach(toKprobes:)",
    "uprobe": "name it with attach(toUprobe:of:)",
    "uprobe.s": "name it with attach(toUprobe:of:)",
    "uprobe.session": "name it with attach(toUprobes:of:)",
    "usdt": "name it with attach(toUSDT:provider:of:)",
    "tc": "name it with attach(toTCXOf:_:) or attach(toClsactOf:_:)",
    "netkit/peer": "name it with attach(toNetkit:peer:)",
    "xdp": "name it with attach(toXDPOf:)",
    "xdp/devmap": "put the program into a DevMap or DevMapHash, together with a device",
    "xdp/cpumap": "put the program into a CPUMap, together with a queue size",
    "netfilter": "name it with attach(toNetfilter:)",
    "flow_dissector": "name it with attach(toNetworkNamespace:)",
    "sk_lookup": "name it with attach(toNetworkNamespace:)",
    "cgroup/skb": "name it with attach(toCgroup:)",
    "sockops": "name it with attach(toCgroup:)",
    "socket": "name it with attach(toSocket:)",
    "sk_reuseport": "name it with attach(toReuseportGroupOf:)",
    "sk_msg": "name it with attach(toSocketMap:)",
    "action": "tc(8) attaches actions to filters",
    "lwt_in": "ip-route(8) attaches the program to a route",
    "syscall": "run the program with run(context:)",
  ]

  @Test("The error of attach() says how each program can run, and an object skips it", .kernel, .sources)
  func errors() throws {
    var file = try FixtureObjects(beside: #filePath).object("targetless")
    // These types are younger than the oldest kernel.
    for name in file.programs.names {
      guard let type = file.programs[name]?.type, let release = type.minimumKernelVersion else { continue }
      if KernelRelease.isOlder(than: release) { file.programs[name]?.isLoaded = false }
    }
    #expect(Set(file.programs.names.compactMap { file.programs[$0]?.sectionName }) == Set(Self.advice.keys))
    let object = try file.load()
    #expect(object.programs.count > 15)
    for (name, program) in object.programs {
      let section = try #require(program.definition?.sectionName)
      let error = #expect(throws: BPFError.self, "\(name)") { try program.attach() }
      #expect(error?.code == .invalidArgument)
      let advice = try #require(Self.advice[section])
      #expect(error?.explanation == "its section '\(section)' does not specify a target: \(advice)")
    }
    #expect(try object.attach().isEmpty)
  }

  @Test("Every program type has a section, and every section that may lack a target has advice")
  func complete() {
    let types = Set(SectionConvention.all.map(\.type))
    #expect(ProgramType.allKnown.filter { !types.contains($0) } == [])
    for convention in SectionConvention.all {
      // Programs of the other sections are not loaded without a target, and then attach() finds it.
      let mayLackTarget = !convention.traits.contains(.attachBTF) || convention.attachType == .lsmCgroup
      #expect((convention.attachAdvice != nil) == mayLackTarget, "\(convention.name)")
    }
    // The fixture has no such program, since many kernels refuse to load it.
    #expect(
      SectionConvention.match("lsm_cgroup").convention?.attachAdvice == "name it with attach(toCgroup:)")
  }
}
