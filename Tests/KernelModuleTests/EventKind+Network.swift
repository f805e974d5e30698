//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import BPFLinks
import BPFSyscall
import CKernelFixtures
import KernelFixtures
import SystemPackage
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

extension EventKind {
  private static let loopback = NetworkInterface(index: 1)

  // MARK: - Interfaces and routes

  /// A datagram of 64 bytes, and its header.
  private static func datagrams(
    _ program: String, since: String = "5.10", reads value: UInt64 = 72,
    _ attach: @escaping @Sendable (Program) throws -> Link
  ) -> EventKind {
    EventKind(program, since: since, reads: value) { kind in
      kind.hold(try attach(kind.program))
      try #require(kf_datagrams_to_self(10) == 10)
    }
  }

  static let network =
    [
      datagrams("on_xdp") { try $0.attach(toXDPOf: loopback, mode: .generic) },
      datagrams("classifier") { try $0.attach(toClsactOf: loopback, .ingress) },
      datagrams("tcx_ingress", since: "6.6") { try $0.attach(toTCXOf: loopback, .ingress) },
      datagrams("tcx_egress", since: "6.6") { try $0.attach(toTCXOf: loopback, .egress) },
      datagrams("on_netfilter", since: "6.4", reads: 1) {
        try $0.attach(toNetfilter: NetfilterHook(.ipv4, .localOut, priority: -10))
      },
      datagrams("on_sk_lookup", reads: 17) { try $0.attach(toNetworkNamespace: "/proc/thread-self/ns/net") },
      frames("netkit", .netkit, of: "netkit") { try $0.attach(toNetkit: $1, peer: false) },
      frames("netkit_peer", .netkit, of: "netkit", from: "far") { try $0.attach(toNetkit: $1, peer: true) },
      seg6,
      frames("on_flow_dissector", of: "veth") { program, _ in
        try program.attach(toNetworkNamespace: "/proc/thread-self/ns/net")
      },
    ]
    + ["in", "out", "xmit"].map { hook in
      // The packets of a local route come back in.
      EventKind("on_lwt_\(hook)", reads: 17) { kind in
        try withBPFFileSystem { files in
          let pin = files.appending("route")
          try kind.program.pin(at: pin)
          try run(
            "ip",
            ["route", "add"] + (hook == "in" ? ["local"] : [])
              + ["192.0.2.1", "encap", "bpf", hook, "pinned", pin.string, "dev", "lo"])
          try run("bash", ["-c", "echo datagram >/dev/udp/192.0.2.1/9"])
          try kind.program.unpin(from: pin)
        }
      }
    }

  /// A program that sees frames between two interfaces.
  private static func frames(
    _ program: String, _ feature: BuiltFeature? = nil, of kind: String, from sender: String = "near",
    _ attach: @escaping @Sendable (Program, NetworkInterface) throws -> Link
  ) -> EventKind {
    EventKind(program, feature) { loaded in
      try #require(kf_interface_pair(kind, "near", "far") == 0)
      let near = try NetworkInterface(named: "near")
      let socket = FixtureDescriptor(
        adopting: kf_frame_socket(Int32(try NetworkInterface(named: sender).index)))
      loaded.hold(try attach(loaded.program, near))
      // An interface needs a moment before it sends.
      try #require(
        try eventually {
          _ = kf_send_frames(socket.number, 1)
          return try loaded.runs > 0
        })
    }
  }

  /// A program at a route, for packets with a list of routers (RFC 8754).
  private static let seg6 = EventKind("on_seg6", reads: 43) { kind in
    try withBPFFileSystem { files in
      try #require(kf_interface_pair("veth", "near", "far") == 0)
      let socket = FixtureDescriptor(
        adopting: kf_frame_socket(Int32(try NetworkInterface(named: "near").index)))
      let pin = files.appending("route")
      try kind.program.pin(at: pin)
      try run(
        "ip",
        ["-6", "route", "add", "fc00::1", "encap", "seg6local", "action", "End.BPF", "endpoint", "pinned"]
          + [pin.string, "dev", "far"])
      let broadcast = [UInt8](repeating: 0xff, count: 6)
      let sender: [UInt8] = [2, 0, 0, 0, 0, 1]
      func address(_ number: UInt8) -> [UInt8] { [0xfc] + [UInt8](repeating: 0, count: 14) + [number] }
      // A header of 40 bytes for UDP, with two routers, of which one remains.
      let routers = [17, 4, 4, 1, 1, 0, 0, 0] + address(2) + address(1)
      let header = [0x60, 0, 0, 0, 0, 48, 43, 64] + address(9) + address(1)
      let datagram: [UInt8] = [0, 9, 0, 9, 0, 8, 0, 0]
      let frame = broadcast + sender + [0x86, 0xdd] + header + routers + datagram
      // An interface needs a moment before it sends.
      try #require(
        try eventually {
          _ = write(socket.number, frame, frame.count)
          return try kind.runs > 0
        })
      try kind.program.unpin(from: pin)
    }
  }

  /// Runs a command that succeeds.
  private static func run(_ command: String, _ arguments: [String]) throws {
    let result = try Command.run(command, arguments)
    try #require(result.status == 0, "\(command): \(result.standardError)")
  }

  // MARK: - Sockets

  static let sockets = [
    receiver("socket_filter") { try $0.attach(toSocket: $1) },
    receiver("on_sk_reuseport") { try $0.attach(toReuseportGroupOf: $1) },
    connection("on_sk_msg", inserting: 0),
    connection("sk_skb_verdict", since: "5.13", inserting: 1),
    connection("sk_skb_stream", since: "5.13", inserting: 1),
    EventKind("start", since: "6.4", reads: 1) { kind in
      kind.hold(try kind.object.attachStructOps("swift_tcp"))
      let name = "bpf_swift"
      // TCP_CONGESTION
      let socket = try ends()[0]
      try #require(
        setsockopt(socket.number, Int32(IPPROTO_TCP), 13, name, socklen_t(name.utf8.count)) == 0)
    },
  ]

  private static func receiver(
    _ program: String, _ attach: @escaping @Sendable (Program, FileDescriptor) throws -> Link
  ) -> EventKind {
    EventKind(program, reads: 72) { kind in
      let receiver = FixtureDescriptor(adopting: kf_reuseport_socket())
      try #require(kf_datagrams_to(receiver.number, 1) == 1)
      kind.hold(receiver, try attach(kind.program, receiver.fileDescriptor))
      try #require(kf_datagrams_to(receiver.number, 10) == 10)
    }
  }

  /// A program that sees three bytes of a connection, of which one end is in a socket map.
  private static func connection(_ program: String, since: String = "5.10", inserting end: Int) -> EventKind {
    EventKind(program, since: since, reads: 3) { kind in
      let map = try MapHandle(type: .sockMap, keySize: 4, valueSize: 4, maxEntries: 1)
      for program in ["sk_skb_parser", program] {
        guard let program = kind.object.programs[program] else { continue }
        kind.hold(try program.attach(toSocketMap: map))
      }
      let ends = try ends()
      try map.update([0, 0, 0, 0], to: ends[end].bytes)
      try #require(write(ends[0].number, "abc", 3) == 3)
      try #require(try eventually { try kind.runs > 0 })
    }
  }

  /// Returns the two sockets of a connection.
  private static func ends() throws -> [FixtureDescriptor] {
    var sockets: (Int32, Int32) = (-1, -1)
    try #require(kf_connected_sockets(&sockets.0, &sockets.1) == 0)
    return [sockets.0, sockets.1].map { FixtureDescriptor(adopting: $0) }
  }

  // MARK: - Control groups

  /// A program that a process in a control group runs, and what the last event of its kind has.
  private static func group(
    _ program: String, since: String = "5.10", _ feature: BuiltFeature? = nil, for type: AttachType? = nil,
    reads value: UInt64
  ) -> EventKind {
    EventKind(program, since: since, feature, reads: value) { kind in
      let group = try TemporaryCgroup()
      kind.hold(group, try kind.program.attach(toCgroup: group.descriptor.fileDescriptor, for: type))
      try #require(kf_act_in_cgroup(group.path) == 0)
    }
  }

  static let groups = [
    group("cgroup_skb", for: .cgroupInetEgress, reads: 1), group("cgroup_ingress", reads: 1),
    group("cgroup_egress", reads: 1), group("cgroup_dev", reads: 1 << 32 | 3),
    group("cgroup_sysctl", reads: 0),
    // SO_KEEPALIVE
    group("getsockopt", reads: 9), group("setsockopt", reads: 9),
    // AF_INET, AF_INET6 or AF_UNIX
    group("on_sockops", reads: 10), group("sock_create", reads: 10), group("sock_release", reads: 10),
    group("post_bind4", reads: 2), group("post_bind6", reads: 10), group("bind4", reads: 2),
    group("bind6", reads: 10), group("connect4", reads: 2), group("connect6", reads: 10),
    group("sendmsg4", reads: 2), group("sendmsg6", reads: 10), group("recvmsg4", reads: 2),
    group("recvmsg6", reads: 10), group("getpeername4", reads: 2), group("getsockname6", reads: 10),
    group("connect_unix", since: "6.7", reads: 1),
    group("lsm_cgroup", since: "6.0", .securityHooks, reads: 1),
  ]
}
