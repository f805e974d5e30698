//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import BPFSyscall
import KernelFixtures
import Testing

@testable import BPFObjects

@Suite("Feature probes", .kernel)
struct FeatureProbeTests {
  @Test("The kernel has program types since their releases")
  func programTypes() throws {
    for type in ProgramType.allKnown where type != .lircMode2 {
      do {
        let isThere = try type.isSupported()
        #expect(isThere == !KernelRelease.isOlder(than: try #require(type.minimumKernelVersion)), "\(type)")
      } catch let error as BPFError {
        // A vendor's kernel may forbid a program type without revealing whether it supports it.
        #expect(error.code == .permissionDenied && [.lsm, .ext].contains(type), "\(error)")
      }
    }
    #expect(try ProgramType(rawValue: 1000).isSupported() == false)
  }

  @Test("The kernel has helpers since their releases")
  func helpers() throws {
    for helper in Helper.allKnown {
      let isOlder = KernelRelease.isOlder(than: try #require(helper.minimumKernelVersion))
      #expect(try helper.isSupported() == !isOlder, "\(helper)")
    }
    #expect(try Helper(rawValue: 1000).isSupported() == false)
    #expect(try Helper(rawValue: .max).isSupported() == false)
  }

  @Test(
    "The verifier tells which programs may call a helper",
    arguments: [
      (Helper.ringbufOutput, ProgramType.xdp, nil, true), (.xdpAdjustHead, .xdp, nil, true),
      (.xdpAdjustHead, .schedCLS, nil, false), (.skbLoadBytes, .schedCLS, nil, true),
      (.skbLoadBytes, .xdp, nil, false), (.msgPushData, .skMsg, nil, true),
      (.msgPushData, .skSKB, nil, false),
      (.sysctlGetName, .cgroupSysctl, nil, true), (.sysctlGetName, .cgroupDevice, nil, false),
      (.getStack, .kprobe, nil, true), (.getStack, .tracing, nil, true),
      (.getStack, .socketFilter, nil, false),
      (.seqWrite, .tracing, .traceIter, true), (.seqWrite, .tracing, nil, false),
      (.tcpSendAck, .structOps, nil, true), (.tcpSendAck, .xdp, nil, false),
      (.skAssign, .skLookup, nil, true), (.skSelectReuseport, .skReuseport, nil, true),
    ] as [(Helper, ProgramType, AttachType?, Bool)])
  func callers(helper: Helper, type: ProgramType, attachType: AttachType?, isCallable: Bool) throws {
    #expect(try helper.isSupported(in: type, for: attachType) == isCallable)
    if isCallable { return try helper.requireSupport(in: type, for: attachType) }
    let error = #expect(throws: BPFError.self) { try helper.requireSupport(in: type, for: attachType) }
    #expect(error?.code == .unsupported && error?.operation == .probe)
    let text = error?.description ?? ""
    #expect(text.contains("does not let programs of type \(type) call \(helper)"), "\(text)")
  }

  @Test("A missing feature names its release and the reason")
  func absence() throws {
    func check(_ isSupported: Bool, _ name: String, _ release: String?, _ require: () throws -> Void) throws {
      guard !isSupported else { return try require() }
      let error = #expect(throws: BPFError.self) { try require() }
      #expect(error?.code == .unsupported && error?.operation == .probe, "\(name)")
      let text = error?.description ?? ""
      #expect(text.contains("this kernel has no ") && text.contains(name), "\(text)")
      if let release { #expect(text.contains("Linux \(release)"), "\(text)") }
    }
    for type in MapType.allKnown {
      try check(type.isSupported(), "\(type)", type.minimumKernelVersion) { try type.requireSupport() }
    }
    for type in AttachType.allKnown {
      try check(type.isSupported(), "\(type)", type.minimumKernelVersion) { try type.requireSupport() }
    }
    for kind in BTFKind.allCases {
      try check(kind.isSupported(), "\(kind)", kind.minimumKernelVersion) { try kind.requireSupport() }
    }
    for type in LinkType.allKnown {
      try check(type.isSupported(), "\(type)", type.minimumKernelVersion) { try type.requireSupport() }
    }
    // Types that no kernel has.
    let (type, map) = (ProgramType(rawValue: 1000), MapType(rawValue: 1000))
    try check(false, "type 1000", nil) { try type.requireSupport() }
    try check(false, "type 1000", nil) { try map.requireSupport() }
    try check(false, "attach type 1000", nil) { try AttachType(rawValue: 1000).requireSupport() }
    try check(false, "type 1000", nil) { try LinkType(rawValue: 1000).requireSupport() }
    try check(false, "helper 1000", nil) { try Helper(rawValue: 1000).requireSupport(in: .xdp) }
    try check(false, "type 1000", nil) { try Helper.ringbufOutput.requireSupport(in: type) }
    #expect(try Helper.ringbufOutput.isSupported(in: type) == false)
  }

  @Test("The helpers of an extension are those of its target")
  func extensions() {
    let error = #expect(throws: BPFError.self) { try Helper.ringbufOutput.isSupported(in: .ext) }
    #expect(error?.code == .invalidArgument)
  }

  @Test("Without capabilities, a probe names them instead of an answer")
  func privileges() async throws {
    func refusal(
      keeping kept: [TestCapability], _ probe: @escaping @Sendable () throws -> Void
    ) async throws -> BPFError? {
      try await Worker.run {
        try TestCapability.limitThread(to: kept)
        return #expect(throws: BPFError.self) { try probe() }
      }
    }
    let programs = try await refusal(keeping: []) { _ = try ProgramType.xdp.probe() }
    #expect(programs?.code == .permissionDenied && programs?.operation == .probe)
    #expect(programs?.description.contains("CAP_BPF") == true)
    // The kernel pretends that programs cannot call a helper for tracing. Linux 5.8 split the capabilities.
    _ = try ProgramType.socketFilter.isSupported()
    let hidden = try await refusal(keeping: [.bpf]) { _ = try Helper.getStack.probe(in: .socketFilter) }
    #expect(hidden?.code == .permissionDenied)
    #expect(hidden?.description.contains("CAP_PERFMON") == true)
  }

  @Test("Programs call kfuncs that the kernel registered for their type", .kernel(since: "6.2"))
  func kfuncs() throws {
    #expect(try Kfunc("bpf_cpumask_create").isSupported() == !KernelRelease.isOlder(than: "6.3"))
    #expect(try Kfunc("no_such_kfunc").isSupported() == false)
    #expect(try Kfunc("no_such_kfunc").isSupported(in: .xdp) == false)
    let release: Kfunc = "bpf_task_release"
    #expect(try release.isSupported())
    #expect(try release.isSupported(in: .tracing))
    #expect(try release.isSupported(in: .socketFilter) == false)
    // A function of the kernel that is no kfunc.
    #expect(try Kfunc("schedule_timeout").isSupported(in: .tracing) == false)
    #expect(try Kfunc.all().map(\.name) == KernelTypes.vmlinux().kfuncs.map(\.name))
  }
}
