//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import BPFLinks
import BPFSyscall
import KernelFixtures
import SystemPackage
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

extension EventKind {
  /// A program whose section names its target.
  private static func hook(
    _ program: String, since: String = "5.10", _ feature: BuiltFeature? = nil, reads value: UInt64? = nil,
    _ event: @escaping @Sendable () -> Void
  ) -> EventKind {
    EventKind(program, since: since, feature, reads: value) { kind in
      kind.hold(try kind.program.attach())
      event()
    }
  }

  @Sendable private static func callGetppid() { _ = getppid() }
  @Sendable private static func openFile() { close(open("/dev/null", O_RDONLY)) }
  @Sendable private static func sleepShortly() {
    var time = timespec(tv_sec: 0, tv_nsec: 1)
    nanosleep(&time, nil)
  }

  // MARK: - Events

  #if arch(x86_64)
  static let getppidNumber: UInt64 = 110
  #else
  static let getppidNumber: UInt64 = 173
  #endif

  static let events = [
    hook("tracepoint", reads: getppidNumber, callGetppid), hook("raw_tp", reads: getppidNumber, callGetppid),
    hook("tp_btf", reads: getppidNumber, callGetppid),
    EventKind("on_perf_event", reads: 1) { kind in
      kind.hold(try kind.program.attach(toPerfEvent: .pageFaults(), cpu: nil, process: 0))
      let memory = mmap(nil, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
      madvise(memory, 1 << 20, MADV_NOHUGEPAGE)
      for page in 0..<4 { memory?.storeBytes(of: 1, toByteOffset: page << 16, as: UInt8.self) }
      munmap(memory, 1 << 20)
    },
  ]

  // MARK: - Probes

  /// A program at `getpgid` of the C library, which this thread calls.
  private static func probe(
    _ program: String, since: String = "5.10", reads value: UInt64? = nil,
    _ attach: @escaping @Sendable (Program) throws -> Link
  ) -> EventKind {
    EventKind(program, since: since, reads: value) { kind in
      kind.hold(try attach(kind.program))
      _ = getpgid(getpid())
    }
  }

  static let probes = [
    probe("on_uprobe", reads: UInt64(getpid())) {
      try $0.attach(toUprobe: "getpgid", of: "libc.so.6", process: 0)
    },
    probe("on_uretprobe", reads: UInt64(getpgid(0))) {
      try $0.attach(toUprobe: "getpgid", of: "libc.so.6", process: 0, isReturn: true)
    },
    probe("uprobe_sleepable", since: "6.0", reads: UInt64(getpid())) {
      try $0.attach(toUprobe: "getpgid", of: "libc.so.6", process: 0)
    },
    probe("uprobe_multi", since: "6.6", reads: UInt64(getpid())) {
      try $0.attach(toUprobes: ["getpgid"], of: "libc.so.6", process: getpid())
    },
    probe("uprobe_session", since: "6.13") {
      try $0.attach(toUprobes: ["getpgid"], of: "libc.so.6", process: getpid())
    },
    hook("kprobe", .kprobes, sleepShortly), hook("kretprobe", .kprobes, reads: 0, sleepShortly),
    hook("kretsyscall", .kprobes, reads: UInt64(getppid()), callGetppid),
    hook("kprobe_multi", .multiKprobes, sleepShortly),
    hook("kprobe_session", since: "6.10", .multiKprobes, sleepShortly),
  ]

  static let trampolines = [
    hook("fentry", .trampolines, reads: 1, openFile), hook("fexit", .trampolines, reads: 0, openFile),
    hook("fsession", since: "7.0", .trampolines, reads: 1, openFile),
    hook("fmod_ret", .trampolines, reads: 1, openFile), hook("lsm", .securityHooks, reads: 1, openFile),
  ]

  // MARK: - Others

  static let others = [
    EventKind("iter", reads: 1) { kind in
      let link = try kind.program.attach()
      let output = try link.read()
      try #require(output.count >= 8 && output.count % 8 == 0)
      try #require(output.prefix(8).elementsEqual(UInt64(4711).bytes))
    },
    EventKind("on_syscall", since: "5.14", reads: 42) { kind in
      let result = try kind.program.run(context: UInt64(41).bytes)
      try #require(result.returnValue == 3)
    },
  ]
}
