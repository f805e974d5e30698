//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import BPFObjects
import BPFSyscall
import KernelFixtures

// Ways to attach programs. Each row uses a loadable program and a target that does not exist: a kernel that supports
// the request looks for the target.

extension KernelRow {
  static let attachments: [KernelRow] = [
    attachment("kprobes", since: "4.1") { BuiltFeature.kprobes.isAvailable },
    attachment("kprobe multi links", since: "5.18") { try hasKprobes(.traceKprobeMulti) },
    attachment("kprobe sessions", since: "6.10") { try hasKprobes(.traceKprobeSession) },
    attachment("uprobe multi links", since: "6.6") { try KernelFacts.hasUprobeMulti() },
    attachment("uprobe sessions", since: "6.13") { try hasUprobeSessions() },
    attachment("fentry", since: "5.5") { try loads(.tracing, .traceFentry, "bpf_fentry_test1") },
    attachment("fexit", since: "5.5") { try loads(.tracing, .traceFexit, "bpf_fentry_test1") },
    attachment("fmod_ret", since: "5.7") { try loads(.tracing, .modifyReturn, "security_file_open") },
    attachment("fsession", since: "7.0") { try loads(.tracing, .traceFsession, "bpf_fentry_test1") },
    attachment("fentry multi links", since: "7.2") {
      BuiltFeature.trampolines.isAvailable
        && (try? SmallestProgram(.tracing, for: .traceFentryMulti).loaded()) != nil
    },
    attachment("lsm", since: "5.7") { try loads(.lsm, .lsmMAC, "bpf_lsm_file_open") },
    attachment("lsm_cgroup", since: "6.0") { try loads(.lsm, .lsmCgroup, "bpf_lsm_socket_bind") },
    attachment("perf event links", since: "5.15") {
      try link(.badFileDescriptor, SmallestProgram(.tracepoint), to: -1, .perfEvent)
    },
    attachment("cookies", since: "5.15") { try KernelFacts.hasAttachCookie() },
    attachment("XDP links", since: "5.9") { try hasXDPLinks() },
    attachment("tcx links", since: "6.6") {
      try link(.operationNotSupportedByDevice, SmallestProgram(.schedCLS), to: .max, .tcxIngress)
    },
    attachment("netkit links", since: "6.7") {
      try link(.operationNotSupportedByDevice, SmallestProgram(.schedCLS), to: .max, .netkitPrimary)
    },
    attachment("network namespace links", since: "5.8") {
      try link(.badFileDescriptor, SmallestProgram(.skLookup, for: .skLookup), to: -1, .skLookup)
    },
    attachment("control group links", since: "5.7") {
      try link(.badFileDescriptor, SmallestProgram(.cgroupSKB), to: -1, .cgroupInetIngress)
    },
    attachment("socket map links", since: "6.10") {
      try link(.badFileDescriptor, SmallestProgram(.skMsg), to: -1, .skMsgVerdict)
    },
    attachment("netfilter links", since: "6.4") { try hasNetfilterLinks() },
    attachment("struct_ops links", since: "6.4") { try hasStructOpsLinks() },
    attachment("iterators over tasks", since: "5.8") { try iterates("task") },
    attachment("iterators over map elements", since: "5.9") { try iterates("bpf_map_elem") },
    attachment("iterators over programs", since: "5.9") { try iterates("bpf_prog") },
    attachment("iterators over links", since: "5.19") { try iterates("bpf_link") },
    attachment("iterators over control groups", since: "6.1") { try iterates("cgroup") },
  ]

  private static func attachment(
    _ name: String, since release: String, isThere: @escaping @Sendable () throws -> Bool
  ) -> KernelRow {
    KernelRow(section: "Attaching", name: name, since: release, isConfigured: true, isThere: isThere)
  }

  private static func loads(_ type: ProgramType, _ attachType: AttachType, _ function: String) throws -> Bool
  {
    try SmallestProgram(type, for: attachType, .function, named: function)?.loads() == true
  }

  private static func iterates(_ name: String) throws -> Bool {
    try loads(.tracing, .traceIter, "bpf_iter_" + name)
  }

  /// Returns whether the kernel looks for the target of a link.
  private static func link(
    _ absence: Errno, _ program: SmallestProgram, to target: Int32, _ attachType: AttachType
  ) throws -> Bool {
    let program = try program.loaded()
    var creation = BPFCommand.LinkCreation(program.borrowed, attachType: attachType.rawValue)
    creation.target = UInt32(bitPattern: target)
    return try KernelReply.isLookedFor([absence]) { _ = try BPFCommand.linkCreate(creation) }
  }

  private static func hasKprobes(_ attachType: AttachType) throws -> Bool {
    let program = try SmallestProgram(.kprobe, for: attachType).loaded()
    let creation = BPFCommand.LinkCreation(program.borrowed, attachType: attachType.rawValue)
    return try KernelReply.isLookedFor([.noSuchFileOrDirectory, .noSuchProcess]) {
      _ = try BPFCommand.linkCreate(
        creation, kprobeFlags: 0, symbols: ["no_function_of_the_kernel"], addresses: [], cookies: [])
    }
  }

  /// Returns whether the kernel has XDP links. It reports only for them that the loopback device's driver has no XDP.
  private static func hasXDPLinks() throws -> Bool {
    let program = try SmallestProgram(.xdp, for: .xdp, returning: 2).loaded()
    var creation = BPFCommand.LinkCreation(program.borrowed, attachType: AttachType.xdp.rawValue)
    (creation.target, creation.flags) = (1, 1 << 2)  // XDP_FLAGS_DRV_MODE
    return try KernelReply.isLookedFor([.notSupported, .resourceBusy]) {
      _ = try BPFCommand.linkCreate(creation)
    }
  }

  private static func hasUprobeSessions() throws -> Bool {
    let program = try SmallestProgram(.kprobe, for: .traceUprobeSession).loaded()
    return try KernelReply.isLookedFor([.badFileDescriptor]) {
      _ = try BPFCommand.linkCreate(
        BPFCommand.LinkCreation(program.borrowed, attachType: AttachType.traceUprobeSession.rawValue),
        BPFCommand.UserProbes(path: "/", offsets: [0]))
    }
  }

  private static func hasNetfilterLinks() throws -> Bool {
    guard try SmallestProgram(.netfilter, for: .netfilter).loads() else { return false }
    let program = try SmallestProgram(.netfilter, for: .netfilter).loaded()
    return try KernelReply.isLookedFor([.addressFamilyNotSupported]) {
      _ = try BPFCommand.linkCreate(
        BPFCommand.LinkCreation(program.borrowed, attachType: AttachType.netfilter.rawValue), family: 255,
        hook: 0, priority: 0, netfilterFlags: 0)
    }
  }

  /// Returns whether the kernel supports struct_ops maps for links. The requested interface does not exist.
  private static func hasStructOpsLinks() throws -> Bool {
    let types = try FixtureDescriptor.btf()
    var creation = BPFCommand.MapCreation(
      type: MapType.structOps.rawValue, keySize: 4, valueSize: 4, maxEntries: 1)
    (creation.flags, creation.btf) = (MapCreateFlags.link.rawValue, types.fileDescriptor)
    creation.btfVmlinuxValueTypeID = 1
    do {
      _ = try BPFCommand.mapCreate(creation)
      return true
    } catch {
      guard error == .notSupportedByKernel || error == .invalidArgument else { throw error }
      return error == .notSupportedByKernel
    }
  }
}
