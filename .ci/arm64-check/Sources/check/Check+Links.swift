//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import Glibc

extension Check {
  /// A process id that does not exist, for kill(2).
  private static let absent: Int32 = 0x3f_fff1

  static func links(_ programs: Programs) -> [Check] {
    [
      killing("tracepoint of raw system calls", "on_raw_call", programs),
      killing("tracepoint of one system call", "on_call", programs),
      killing("typed tracepoint (tp_btf), registers by CO-RE", "on_typed", programs),
      killing("kprobe on a system call", "on_kill", programs),
      Check(name: "kretprobe on a system call", isOptional: true) {
        let object = try programs.load(["on_killed"])
        let link = try object.program("on_killed").attach()
        _ = kill(absent, 0)
        try link.detach()
        try expect(try object.variable("result", as: Int.self), -Int(ESRCH))
      },
      Check(name: "five arguments of a system call", isOptional: true) {
        let object = try programs.load(["on_setsockopt"])
        let link = try object.program("on_setsockopt").attach()
        _ = setsockopt(0x456, 0x111, 0x222, UnsafeRawPointer(bitPattern: 0x1234), 77)
        try link.detach()
        let arguments: [5 of Int] = try object.arguments()
        try expect(arguments.indices.map { arguments[$0] }, [0x456, 0x111, 0x222, 0x1234, 77])
      },
      Check(name: "kprobes on several functions", isOptional: true) {
        let object = try programs.load(["on_many"])
        let link = try object.program("on_many").attach(toKprobesMatching: "__*_sys_kill")
        _ = kill(absent, 0)
        try link.detach()
        try expect(try object.calls, 1, "events")
      },
      Check(name: "fentry and fexit") {
        let object = try programs.load(["on_entry", "on_exit"])
        let links = [try object.program("on_entry").attach(), try object.program("on_exit").attach()]
        // A test run of a tracing program calls the kernel's test functions.
        _ = try object.program("on_entry").run()
        for link in links { try link.detach() }
        let arguments: [5 of Int] = try object.arguments()
        try expect([arguments[0], arguments[1]], [2, 3], "arguments")
        try expect(try object.variable("result", as: Int.self), 5, "result")
      },
      Check(name: "LSM hook") {
        try fires("on_open", programs) { close(open("/proc/self/status", O_RDONLY)) }
      },
      Check(name: "task iterator") {
        let link = try programs.load(["tasks"]).program("tasks").attachIterator()
        try expect(try link.read(as: Int32.self).contains(getpid()), "the iterator visits this process")
      },
      Check(name: "perf event, with user stacks") { try samples(programs) },
      Check(name: "control group") {
        let object = try programs.load(["on_socket"])
        let link = try object.program("on_socket").attach(toCgroup: "/sys/fs/cgroup")
        close(socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0))
        try link.detach()
        try expect(try object.calls > 0, "the program ran")
      },
      Check(name: "XDP test run, and frames of the loopback interface") {
        let object = try programs.load(["on_frame"])
        let program = try object.program("on_frame")
        try expect(try program.run(data: [UInt8](repeating: 0, count: 77)).returnValue, 2)
        try expect(try object.variable("result", as: Int.self), 77, "size")
        let link = try program.attach(toXDPOf: NetworkInterface(named: "lo"), mode: .generic)
        try sendDatagram()
        try link.detach()
        // The kernel may answer the datagram by a message of its own.
        try expect(try object.calls >= 2, "the program ran for the datagram")
      },
      Check(name: "tcx packets of the loopback interface") {
        let object = try programs.load(["on_packet"])
        let link = try object.program("on_packet").attach(
          toTCXOf: NetworkInterface(named: "lo"), .ingress)
        try sendDatagram()
        try link.detach()
        try expect(try object.calls >= 1, "the program ran for the datagram")
      },
    ]
  }

  /// Checks that a program sees the arguments of kill(2), and stops after it was detached.
  private static func killing(_ name: String, _ program: String, _ programs: Programs) -> Check {
    Check(name: name, isOptional: true) {
      let object = try programs.load([program])
      let link = try object.program(program).attach()
      _ = kill(absent, 0)
      let arguments: [5 of Int] = try object.arguments()
      try expect([arguments[0], arguments[1]], [Int(absent), 0], "arguments")
      try link.detach()
      _ = kill(absent, 0)
      try expect(try object.calls, 1, "events")
    }
  }

  private static func fires(_ name: String, _ programs: Programs, _ event: () -> Void) throws {
    let object = try programs.load([name])
    let link = try object.program(name).attach()
    event()
    try link.detach()
    try expect(try object.calls > 0, "the program ran")
  }

  private static func samples(_ programs: Programs) throws {
    let object = try programs.load(["on_sample"])
    let link = try object.program("on_sample").attach(
      toPerfEvent: .cpuClock(.frequency(1000)), cpu: nil, process: 0)
    let end = time(nil) + 20
    while try object.calls < 3, time(nil) < end {}
    try link.detach()
    try expect(try object.calls >= 3, "samples are taken")
    let stacks = try StackTraceMap(object.map("stacks"))
    try expect(try stacks.entries().contains { !$0.value.isEmpty }, "a user stack was stored")
  }

  /// Sends a datagram to the discard port of the loopback interface.
  private static func sendDatagram() throws {
    let sender = socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
    defer { close(sender) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = UInt16(9).bigEndian
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    let sent = withUnsafePointer(to: address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        sendto(sender, "hello", 5, 0, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    try expect(sent, 5, "bytes sent")
  }
}
