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

@Suite("Detaching what is attached without a link", .bpftool, .leftOutInEmulation(.takesLong))
struct DirectDetachTests {
  private static let loopback = NetworkInterface(index: 1)

  @Test("A classifier that has taken our number after the qdisc was removed stays", arguments: [true, false])
  func takenNumber(isExplicit: Bool) async throws {
    try await PacketPrograms.onOwnNetwork { programs in
      let stranger = try PacketPrograms()
      var ours: Link? = try programs["on_packet"].attach(
        toClsactOf: Self.loopback, .egress, priority: 7)
      try Self.loopback.removeClsact()
      let theirs = try stranger["on_packet"].attach(toClsactOf: Self.loopback, .egress, priority: 7)
      if isExplicit {
        let error = #expect(throws: BPFError.self) { try ours?.detach() }
        #expect(error?.code == .changed)
        #expect(try error?.programID == programs["on_packet"].id)
        #expect(try error?.explanation.contains("program \(stranger["on_packet"].id)") == true)
        // Once is enough.
        #expect(ours?.isDetached == true)
        try ours?.detach()
      }
      ours = nil
      #expect(try stranger.ten() == (10, 10))
      #expect(try "\(Bpftool.run("net", "show", "dev", "lo"))".contains("on_packet"))
      try theirs.detach()
      #expect(try stranger.ten() == (0, 10))
      #expect(try !"\(Bpftool.run("net", "show", "dev", "lo"))".contains("on_packet"))
    }
  }

  @Test("A classifier that is gone, with its qdisc or alone, is detached")
  func goneClassifiers() async throws {
    try await PacketPrograms.onOwnNetwork { programs in
      let first = try programs["on_packet"].attach(toClsactOf: Self.loopback, .ingress, priority: 7)
      try Self.loopback.removeClsact()
      try first.detach()
      let second = try programs["on_packet"].attach(toClsactOf: Self.loopback, .ingress, priority: 7)
      try Self.loopback.removeClsact()
      // Another number, which is not ours.
      let third = try programs["on_packet"].attach(toClsactOf: Self.loopback, .ingress, priority: 8)
      try second.detach()
      #expect(try programs.ten() == (10, 10))
      try third.detach()
    }
  }

  @Test("In another network namespace a thread detaches ours, and not a stranger's", arguments: Way.all)
  func otherNamespace(way: Way) async throws {
    try await PacketPrograms.onOwnNetwork { programs in
      let home = FixtureDescriptor(adopting: kf_open_network_namespace())
      let ours = try way.attach(programs)
      #expect(try programs.ten().seen >= 10)
      try #require(kf_enter_network_namespace() == 0)
      let stranger = try PacketPrograms()
      let theirs = try way.attach(stranger)
      try ours.detach()
      #expect(try stranger.ten().seen >= 10)
      try #require(kf_join_network_namespace(home.number) == 0)
      #expect(try programs.ten() == (0, 10))
      try theirs.detach()
    }
  }

  /// A way to attach without a link of the kernel.
  struct Way: Sendable, CustomTestStringConvertible {
    let name: String
    let attach: @Sendable (PacketPrograms) throws -> Link
    var testDescription: String { name }

    static let all =
      [
        Way(name: "ingress classifier") { try $0["on_packet"].attach(toClsactOf: loopback, .ingress) },
        Way(name: "egress classifier") {
          try $0["on_packet"].attach(toClsactOf: loopback, .egress, priority: 5)
        },
      ] + xdp
    static let xdp = [
      Way(name: "XDP") { try $0["on_frame"].attachByNetlink(toXDPOf: loopback, mode: .generic) },
      Way(name: "XDP, compared here") {
        try $0["on_frame"].attachByNetlink(toXDPOf: loopback, mode: .generic, isRemovalAtomic: false)
      },
      Way(name: "XDP in the kernel's mode, compared here") {
        try $0["on_frame"].attachByNetlink(toXDPOf: loopback, mode: .automatic, isRemovalAtomic: false)
      },
    ]
  }

  @Test("An XDP program that has replaced ours stays", arguments: Way.xdp)
  func replacedXDP(way: Way) async throws {
    try await PacketPrograms.onOwnNetwork { programs in
      let stranger = try PacketPrograms()
      let id = try stranger["on_frame"].id
      let ours = try way.attach(programs)
      try Bpftool.run("net", "detach", "xdpgeneric", "dev", "lo")
      try Bpftool.run("net", "attach", "xdpgeneric", "id", "\(id)", "dev", "lo")
      let error = #expect(throws: BPFError.self) { try ours.detach() }
      #expect(error?.code == .changed)
      #expect(error?.explanation.contains("program \(id)") == true)
      #expect(try stranger.ten().seen >= 10)
      try Bpftool.run("net", "detach", "xdpgeneric", "dev", "lo")
      // None there is none to detach.
      let gone = try way.attach(programs)
      try Bpftool.run("net", "detach", "xdpgeneric", "dev", "lo")
      try gone.detach()
    }
  }

  @Test("A link to XDP that has replaced our program stays")
  func linkedXDP() async throws {
    try await PacketPrograms.onOwnNetwork { programs in
      let stranger = try PacketPrograms()
      let ours = try programs["on_frame"].attachByNetlink(toXDPOf: Self.loopback, mode: .generic)
      try Bpftool.run("net", "detach", "xdpgeneric", "dev", "lo")
      let link = try stranger["on_frame"].attach(toXDPOf: Self.loopback, mode: .generic)
      let error = #expect(throws: BPFError.self) { try ours.detach() }
      #expect(error?.code == .changed)
      #expect(try stranger.ten().seen >= 10)
      try link.detach()
    }
  }

  @Test("A classic filter that has replaced our program on a socket stays, and none is none to detach")
  func sockets() async throws {
    try await PacketPrograms.onOwnNetwork { programs in
      let receiver = FixtureDescriptor(adopting: kf_reuseport_socket())
      let socket = FileDescriptor(rawValue: receiver.number)
      let ours = try programs["on_socket"].attach(toSocket: socket)
      #expect(kf_attach_classic_filter(receiver.number) == 0)
      let error = #expect(throws: BPFError.self) { try ours.detach() }
      #expect(error?.code == .changed)
      #expect(try SocketFilter(of: socket) == .classic)
      let again = try programs["on_socket"].attach(toSocket: socket)
      let same = try programs["on_socket"].attach(toSocket: socket)
      try same.detach()
      #expect(try SocketFilter(of: socket) == .none)
      try again.detach()
    }
  }

  @Test("A program that has replaced ours in a map of sockets stays", .kernel(since: "6.0"))
  func socketMaps() throws {
    let (programs, stranger) = (try PacketPrograms(), try PacketPrograms())
    let map = try MapHandle(type: .sockMap, keySize: 4, valueSize: 4, maxEntries: 1)
    let ours = try programs["on_message"].attachDirectly(toSocketMap: map, for: .skMsgVerdict)
    let theirs = try stranger["on_message"].attachDirectly(toSocketMap: map, for: .skMsgVerdict)
    let error = #expect(throws: BPFError.self) { try ours.detach() }
    #expect(error?.code == .changed)
    #expect(try error?.explanation.contains("program \(stranger["on_message"].id)") == true)
    func attached() throws -> [UInt32] {
      try map.withFileDescriptor { (map) throws(Errno) in
        try BPFCommand.programQuery(target: map, attachType: AttachType.skMsgVerdict.rawValue).ids
      }
    }
    #expect(try attached() == [stranger["on_message"].id.rawValue])
    try theirs.detach()
    #expect(try attached() == [])
  }

  @Test("In a map of sockets another program stays also where the kernel cannot be asked for it")
  func unaskedSocketMaps() throws {
    let (programs, stranger) = (try PacketPrograms(), try PacketPrograms())
    let map = try MapHandle(type: .sockMap, keySize: 4, valueSize: 4, maxEntries: 1)
    var sockets: (Int32, Int32) = (-1, -1)
    #expect(kf_connected_sockets(&sockets.0, &sockets.1) == 0)
    let ends = [sockets.0, sockets.1].map { FixtureDescriptor(adopting: $0) }
    let ours = try programs["on_message"].attachDirectly(toSocketMap: map, for: .skMsgVerdict)
    let theirs = try stranger["on_message"].attachDirectly(toSocketMap: map, for: .skMsgVerdict)
    // The kernel compares the programs itself, and before Linux 5.18 does not tell which it has.
    var refusal: BPFError?
    do throws(BPFError) { try ours.detach() } catch { refusal = error }
    #expect(refusal?.code == (KernelRelease.isOlder(than: "5.18") ? nil : .changed))
    try map.update([0, 0, 0, 0], to: ends[0].bytes)
    #expect(write(ends[0].number, "ten", 3) == 3)
    #expect(try stranger.packets == 1 && programs.packets == 0)
    try theirs.detach()
  }
}
