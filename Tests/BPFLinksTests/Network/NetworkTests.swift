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
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// The programs under test. All count packets, and pass or drop them.
struct PacketPrograms {
  let object: Object

  init() throws { object = try FixtureObjects(beside: #filePath).object("packets").load() }

  subscript(name: String) -> Program {
    get throws { try #require(object.programs[name]) }
  }

  var packets: UInt64 { get throws { try object.variable("packets") } }

  /// Sends ten datagrams to this machine; returns the number that programs saw, and the number that arrived.
  func ten() throws -> (seen: UInt64, arrived: Int32) {
    let before = try packets
    let arrived = kf_datagrams_to_self(10)
    return (try packets - before, arrived)
  }

  /// Runs a closure on a thread in a new network namespace with only the loopback device.
  static func onOwnNetwork(_ body: @escaping @Sendable (PacketPrograms) throws -> Void) async throws {
    try await Worker.run {
      try #require(kf_enter_network_namespace() == 0)
      try body(PacketPrograms())
    }
  }
}

@Suite("Network links", .bpftool)
struct NetworkTests {
  private static let loopback = NetworkInterface(index: 1)

  @Test("Each hook sees packets while its link exists, and can drop them", arguments: NetworkHook.known)
  func fires(hook: NetworkHook) async throws {
    try await PacketPrograms.onOwnNetwork { programs in
      #expect(try programs.ten() == (0, 10))
      let link = try hook.attach(programs)
      let passing = try programs.ten()
      #expect(passing.seen >= 10 && passing.arrived == 10)
      try programs.object.setVariable("drops", to: true)
      let dropped = try programs.ten()
      #expect(dropped.seen >= 10 && dropped.arrived == 0)
      try programs.object.setVariable("drops", to: false)
      try link.detach()
      #expect(try eventually { try programs.ten() == (0, 10) })
      // Attaches again, and detaches by releasing the link.
      var second: Link? = try hook.attach(programs)
      _ = second
      #expect(try programs.ten().seen >= 10)
      second = nil
      #expect(try eventually { try programs.ten() == (0, 10) })
    }
  }

  /// A network hook with a closure that attaches a program to it.
  struct NetworkHook: Sendable, CustomTestStringConvertible {
    let name: String
    /// The first Linux release with the hook.
    var release = "5.9"
    let attach: @Sendable (PacketPrograms) throws -> Link
    var testDescription: String { name }

    /// The hooks of the running kernel.
    static var known: [NetworkHook] { all.filter { !KernelRelease.isOlder(than: $0.release) } }

    private static let all = [
      NetworkHook(name: "XDP") { try $0["on_frame"].attach(toXDPOf: loopback) },
      NetworkHook(name: "generic XDP") { try $0["on_frame"].attach(toXDPOf: loopback, mode: .generic) },
      NetworkHook(name: "XDP by netlink") {
        try $0["on_frame"].attachByNetlink(toXDPOf: loopback, mode: .generic)
      },
      NetworkHook(name: "tcx ingress", release: "6.6") {
        try $0["on_packet"].attach(toTCXOf: loopback, .ingress)
      },
      NetworkHook(name: "tcx egress", release: "6.6") {
        try $0["on_packet"].attach(toTCXOf: loopback, .egress)
      },
      NetworkHook(name: "ingress classifier") { try $0["on_packet"].attach(toClsactOf: loopback, .ingress) },
      NetworkHook(name: "egress classifier") {
        try $0["on_packet"].attach(toClsactOf: loopback, .egress, priority: 5)
      },
      NetworkHook(name: "netfilter", release: "6.4") {
        try $0["on_hook"].attach(toNetfilter: NetfilterHook(.ipv4, .localOut, priority: -10))
      },
    ]
  }

  @Test("bpftool shows the attached programs", .kernel(since: "6.6"))
  func seen() async throws {
    try await PacketPrograms.onOwnNetwork { programs in
      let xdp = try programs["on_frame"].attach(toXDPOf: Self.loopback, mode: .generic)
      let theirs = try Bpftool.run("link", "show", "id", "\(try #require(xdp.id))")
      #expect(theirs["type"].string == "xdp")
      #expect(theirs["prog_id"].integer == Int(try programs["on_frame"].id.rawValue))
      let receiving = try #require(xdp.info().target.networkInterface)
      #expect(receiving.index == 1 && receiving.attachType == .xdp)
      let tcx = try programs["on_packet"].attach(toTCXOf: Self.loopback, .egress)
      let sending = try #require(tcx.info().target.networkInterface)
      #expect(sending.index == 1 && sending.attachType == .tcxEgress)
      let hook = NetfilterHook(.ipv4, .localOut, priority: 7)
      let filter = try programs["on_hook"].attach(toNetfilter: hook)
      let target = try #require(filter.info().target.netfilter)
      #expect(target.family == 2 && target.hook == 3 && target.priority == 7)
      for link in [tcx, filter] {
        // Some installed releases of bpftool do not know the names of these types.
        let theirs = try Bpftool.run("link", "show", "id", "\(try #require(link.id))")
        #expect(theirs["id"].integer == link.id.map { Int($0.rawValue) })
        #expect(theirs["prog_id"].integer == link.programID.map { Int($0.rawValue) })
      }
      let classifier = try programs["on_packet"].attach(toClsactOf: Self.loopback, .ingress, priority: 3)
      #expect(classifier.id == nil && classifier.description.contains("ingress classifiers"))
      let attached = try Bpftool.run("net", "show", "dev", "lo")
      #expect("\(attached)".contains("on_packet"))
      try Self.loopback.removeClsact()
      try classifier.detach()  // It was removed already.
    }
  }

  @Test("Errors distinguish a hook in use, a missing interface and a wrong program type")
  func refusals() async throws {
    try await PacketPrograms.onOwnNetwork { programs in
      let link = try programs["on_frame"].attach(toXDPOf: Self.loopback, mode: .generic)
      let taken = #expect(throws: BPFError.self) {
        try programs["on_frame"].attach(toXDPOf: Self.loopback, mode: .generic)
      }
      #expect(taken?.code == .alreadyExists)
      let linked = #expect(throws: BPFError.self) {
        try programs["on_frame"].attachByNetlink(toXDPOf: Self.loopback, mode: .generic)
      }
      #expect(linked?.code == .alreadyExists)
      try link.detach()
      let native = #expect(throws: BPFError.self) {
        try programs["on_frame"].attach(toXDPOf: Self.loopback, mode: .native)
      }
      #expect(native?.code == .unsupported)
      for index in [4711, -1, 0, Int.max] {
        let missing = #expect(throws: BPFError.self) {
          try programs["on_packet"].attach(toTCXOf: NetworkInterface(index: index), .ingress)
        }
        let unknown: BPFError.Code = KernelRelease.isOlder(than: "6.6") ? .unsupported : .notFound
        #expect(missing?.code == (index == 4711 ? unknown : .invalidArgument))
      }
      let classifier = #expect(throws: BPFError.self) {
        try programs["on_packet"].attach(toClsactOf: NetworkInterface(index: 4711), .ingress)
      }
      #expect(classifier?.code == .notFound)
      let wrong = #expect(throws: BPFError.self) {
        try programs["on_packet"].attach(toXDPOf: Self.loopback)
      }
      #expect(wrong?.code == .wrongObject)
      let netkit = #expect(throws: BPFError.self) {
        try programs["on_packet"].attach(toNetkit: Self.loopback, peer: false)
      }
      // A kernel with netkit reports that the interface is not a netkit device.
      #expect(netkit?.code == (BuiltFeature.netkit.isAvailable ? .notFound : .unsupported))
      let name = #expect(throws: BPFError.self) { try NetworkInterface(named: "no such") }
      #expect(name?.code == .notFound)
      #expect(try NetworkInterface(named: "lo").index == 1)
    }
  }

  @Test(
    "Programs of one hook run in the requested order, and a link can be updated",
    .kernel(since: "6.6"))
  func order() async throws {
    try await PacketPrograms.onOwnNetwork { programs in
      let dropping = try PacketPrograms()
      try dropping.object.setVariable("drops", to: true)
      let second = try programs["on_packet"].attach(toTCXOf: Self.loopback, .egress)
      #expect(try programs.ten() == (10, 10))
      // The first program drops the packets, so the second sees none.
      let first = try dropping["on_packet"].attach(
        toTCXOf: Self.loopback, .egress, order: .beforeLink(second))
      #expect(try programs.ten() == (0, 0))
      try first.detach()
      let last = try dropping["on_packet"].attach(
        toTCXOf: Self.loopback, .egress, order: .after(programs["on_packet"]))
      #expect(try programs.ten() == (10, 0))
      try last.detach()
      let stale = #expect(throws: BPFError.self) {
        try dropping["on_packet"].attach(toTCXOf: Self.loopback, .egress, revision: 1)
      }
      #expect(stale?.code == .changed)
      let other = try PacketPrograms()
      try second.update(to: other["on_packet"], replacing: programs["on_packet"])
      #expect(try programs.ten() == (0, 10))
      #expect(try other.packets == 10)
      let expected = #expect(throws: BPFError.self) {
        try second.update(to: programs["on_packet"], replacing: programs["on_packet"])
      }
      #expect(expected?.code == .changed)
      #expect(try second.info().programID == other["on_packet"].id)
      try second.detach()
      let gone = #expect(throws: BPFError.self) { try second.update(to: programs["on_packet"]) }
      #expect(gone?.explanation == "the program is detached")
    }
  }

  @Test("A program attached without a link can be left attached", .kernel(since: "6.6"))
  func leaving() async throws {
    try await PacketPrograms.onOwnNetwork { programs in
      var link: Link? = try programs["on_packet"].attach(toClsactOf: Self.loopback, .egress)
      try link?.leaveAttached()
      link = nil
      #expect(try programs.ten() == (10, 10))
      try Self.loopback.removeClsact()
      #expect(try programs.ten() == (0, 10))
      let none = #expect(throws: BPFError.self) { try Self.loopback.removeClsact() }
      #expect(none?.code == .notFound)
      let real = try programs["on_packet"].attach(toTCXOf: Self.loopback, .egress)
      let error = #expect(throws: BPFError.self) { try real.leaveAttached() }
      #expect(error?.code == .unsupported)
    }
  }

  @Test("Attaches a socket filter and a reuseport selector")
  func sockets() async throws {
    try await PacketPrograms.onOwnNetwork { programs in
      let receiver = FixtureDescriptor(adopting: kf_reuseport_socket())
      let socket = FileDescriptor(rawValue: receiver.number)
      #expect(kf_datagrams_to(receiver.number, 10) == 10)
      let filter = try programs["on_socket"].attach(toSocket: socket)
      #expect(kf_datagrams_to(receiver.number, 10) == 10)
      #expect(try programs.packets == 10)
      try filter.detach()
      #expect(kf_datagrams_to(receiver.number, 10) == 10)
      #expect(try programs.packets == 10)
      let selector = try programs["on_reuseport"].attach(toReuseportGroupOf: socket)
      #expect(kf_datagrams_to(receiver.number, 10) == 10)
      #expect(try programs.packets == 20)
      try selector.detach()
      #expect(kf_datagrams_to(receiver.number, 10) == 10)
      #expect(try programs.packets == 20)
      let map = try MapHandle(type: .array, keySize: 4, valueSize: 4, maxEntries: 1)
      let program = try programs["on_socket"]
      let error = #expect(throws: BPFError.self) {
        try map.withFileDescriptor { (map) throws(BPFError) in try program.attach(toSocket: map) }
      }
      #expect(error?.code == .invalidArgument)
    }
  }

  @Test("Attaches a socket lookup program to a network namespace")
  func lookups() async throws {
    try await PacketPrograms.onOwnNetwork { programs in
      let link = try programs["on_lookup"].attach(toNetworkNamespace: "/proc/thread-self/ns/net")
      // The program runs for each datagram.
      #expect(try programs.ten() == (10, 10))
      let target = try #require(link.info().target.networkNamespace)
      #expect(target.attachType == .skLookup)
      let theirs = try Bpftool.run("link", "show", "id", "\(try #require(link.id))")
      #expect(theirs["type"].string == "netns" && theirs["attach_type"].string == "sk_lookup")
      #expect(theirs["prog_id"].integer == link.programID.map { Int($0.rawValue) })
      var status = stat()
      #expect(stat("/proc/thread-self/ns/net", &status) == 0 && status.st_ino == target.inode)
      try link.detach()
      #expect(try programs.ten() == (0, 10))
      let other = try PacketPrograms()
      let again = try programs["on_lookup"].attach(toNetworkNamespace: "/proc/thread-self/ns/net")
      try again.update(to: other["on_lookup"], replacing: programs["on_lookup"])
      #expect(try programs.ten() == (0, 10))
      #expect(try other.packets == 10)
      let missing = #expect(throws: BPFError.self) {
        try programs["on_lookup"].attach(toNetworkNamespace: "/proc/no-such/ns/net")
      }
      #expect(missing?.code == .notFound)
      let wrong = #expect(throws: BPFError.self) {
        try programs["on_lookup"].attach(toNetworkNamespace: "/proc/self/ns/mnt")
      }
      #expect(wrong?.code == .invalidArgument)
    }
  }
}
