//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import BPFObjects
import BPFSyscall

extension Hook {
  // MARK: - Probes

  static let kprobes = [
    Hook(kprobe: "on_kprobe", .sleep, isReturn: false) {
      try $0.attach(toKprobe: "hrtimer_nanosleep", cookie: $1)
    },
    Hook(kprobe: "on_kretprobe", .sleep, isReturn: true) {
      try $0.attach(toKprobe: "hrtimer_nanosleep", isReturn: true, cookie: $1)
    },
    Hook(kprobe: "on_ksyscall", .getParent, isReturn: false) {
      try $0.attach(toKernelSystemCall: "getppid", cookie: $1)
    },
    Hook(kprobe: "on_kretsyscall", .getParent, isReturn: true) {
      try $0.attach(toKernelSystemCall: "getppid", isReturn: true, cookie: $1)
    },
  ]

  private init(
    kprobe program: String, _ event: Event, isReturn: Bool,
    _ attach: @escaping @Sendable (Program, UInt64) throws -> Link
  ) {
    self.init(
      program: program, event: event, linksSince: "5.15", cookie: ("5.15", attach)
    ) { target, described in
      guard !KernelRelease.isOlder(than: "6.6") else { return !target.isKnown }
      guard let probe = target.kprobe else { return false }
      let name = event == .sleep ? "hrtimer_nanosleep" : try? KernelFacts.function(ofSystemCall: "getppid")
      return probe.function == name && probe.offset == 0 && probe.address != 0
        && probe.isReturn == isReturn
        && probe.cookie == (KernelRelease.isOlder(than: "6.9") ? 0 : described.cookie)
    }
  }

  static let multiKprobes = [
    Hook(multi: "on_kprobe_multi") { try $0.attach(toKprobes: ["hrtimer_nanosleep"], cookies: [$1]) },
    Hook(multi: "on_kretprobe_multi", isReturn: true) {
      try $0.attach(toKprobes: ["hrtimer_nanosleep"], isReturn: true, cookies: [$1])
    },
  ]

  static let kprobeSession = Hook(multi: "on_kprobe_session", runs: 2) {
    try $0.attach(toKprobes: ["hrtimer_nanosleep"], cookies: [$1])
  }

  private init(
    multi program: String, isReturn: Bool = false, runs: UInt64 = 1,
    _ attach: @escaping @Sendable (Program, UInt64) throws -> Link
  ) {
    self.init(program: program, event: .sleep, runs: runs, cookie: ("5.18", attach)) { target, described in
      guard !KernelRelease.isOlder(than: "6.6") else { return !target.isKnown }
      guard let probes = target.kprobeMulti else { return false }
      let cookie = KernelRelease.isOlder(than: "6.9") ? 0 : described.cookie
      return probes.addresses.count == 1 && probes.addresses != [0] && probes.cookies == [cookie]
        && probes.isReturn == isReturn
    }
  }

  // MARK: - Trampolines

  static let functions = [
    Hook(tracing: "on_entry", .traceFentry), Hook(tracing: "on_exit", .traceFexit),
    Hook(tracing: "on_return", .modifyReturn),
  ]
  static let sleepableFunction = Hook(tracing: "on_sleepable_entry", .traceFentry, .testRun)
  static let functionSession = Hook(tracing: "on_session", .traceFsession, runs: 2)

  /// Before Linux 5.11, few of these hooks allow sleepable programs.
  static let securityHooks =
    [Hook(tracing: "on_open", .lsmMAC)]
    + (KernelRelease.isOlder(than: "5.11") ? [] : [Hook(tracing: "on_sleepable_open", .lsmMAC)])

  static let programs = [
    Hook(tracing: "on_weigh", .traceFentry, .runProgram),
    Hook(tracing: "on_weighed", .traceFexit, .runProgram),
  ]
  static let programSession = Hook(tracing: "on_weighing", .traceFsession, .runProgram, runs: 2)

  /// A replacement of a function in another program. The kernel reports no attach type for it, and supports no cookie.
  static let replacement = Hook(program: "replaced", event: .runProgram) { target, described in
    guard let traced = target.tracing, traced.cookie == 0 else { return false }
    return described.matches(traced)
  }

  private init(
    tracing program: String, _ attachType: AttachType, _ event: Event = .openFile, runs: UInt64 = 1
  ) {
    self.init(
      program: program, event: event, runs: runs, cookie: ("5.19", { try $0.attachTracing(cookie: $1) })
    ) { target, described in
      guard let traced = target.tracing, traced.attachType == attachType else { return false }
      return described.matches(traced)
        && traced.cookie == (KernelRelease.isOlder(than: "6.17") ? 0 : described.cookie)
    }
  }
}

extension Hook.Described {
  /// Whether the kernel reports the target's object and the function's type id.
  fileprivate func matches(_ target: LinkInfo.Target.Tracing) -> Bool {
    guard !KernelRelease.isOlder(than: "5.13") else { return target.objectID == 0 && target.typeID == 0 }
    return target.typeID != 0 && (watched.map { $0.id.rawValue == target.objectID } ?? (target.objectID != 0))
  }
}
