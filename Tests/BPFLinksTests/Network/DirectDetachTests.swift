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

@Suite("Detaching programs attached without a link", .bpftool, .notEmulated(.takesLong))
struct DirectDetachTests {
  private static let loopback = NetworkInterface(index: 1)

  @Test(
    "Detaching keeps another classifier that reused our handle after the qdisc was removed",
    arguments: [true, false])
  func reusedHandle(isExplicit: Bool) async throws {
    try await PacketPrograms.onOwnNetwork { programs in
      let otherPrograms = try PacketPrograms()
      var ours: Link? = try programs["on_packet"].attach(
        toClsactOf: Self.loopback, .egress, priority: 7)
      try Self.loopback.removeClsact()
      let theirs = try otherPrograms["on_packet"].attach(toClsactOf: Self.loopback, .egress, priority: 7)
      if isExplicit {
        let error = #expect(throws: BPFError.self) { try ours?.detach() }
        #expect(error?.code == .changed)
        #expect(try error?.programID == programs["on_packet"].id)
        #expect(try error?.explanation.contains("program \(otherPrograms["on_packet"].id)") == true)
        // A second call does nothing.
        #expect(ours?.isDetached == true)
        try ours?.detach()
      }
      ours = nil
      #expect(try otherPrograms.ten() == (10, 10))
      #expect(try "\(Bpftool.run("net", "show", "dev", "lo"))".contains("on_packet"))
      try theirs.detach()
      #expect(try otherPrograms.ten() == (0, 10))
      #expect(try !"\(Bpftool.run("net", "show", "dev", "lo"))".contains("on_packet"))
    }
  }

  @Test("Detaching a classifier that was removed, alone or with its qdisc, succeeds")
  func goneClassifiers() async throws {
    try await PacketPrograms.onOwnNetwork { programs in
      let first = try programs["on_packet"].attach(toClsactOf: Self.loopback, .ingress, priority: 7)
      try Self.loopback.removeClsact()
      try first.detach()
      let second = try programs["on_packet"].attach(toClsactOf: Self.loopback, .ingress, priority: 7)
      try Self.loopback.removeClsact()
      // This classifier has another handle.
      let third = try programs["on_packet"].attach(toClsactOf: Self.loopback, .ingress, priority: 8)
      try second.detach()
      #expect(try programs.ten() == (10, 10))
      try third.detach()
    }
  }

  @Test("Detaching from another network namespace removes only our program", arguments: AttachMethod.all)
  func otherNamespace(method: AttachMethod) async throws {
    try await PacketPrograms.onOwnNetwork { programs in
      let home = FixtureDescriptor(adopting: kf_open_network_namespace())
      let ours = try method.attach(programs)
      #expect(try programs.ten().seen >= 10)
      try #require(kf_enter_network_namespace() == 0)
      let otherPrograms = try PacketPrograms()
      let theirs = try method.attach(otherPrograms)
      try ours.detach()
      #expect(try otherPrograms.ten().seen >= 10)
      try #require(kf_join_network_namespace(home.number) == 0)
      #expect(try programs.ten() == (0, 10))
      try theirs.detach()
    }
  }

  /// A method of attaching without a kernel link.
  struct AttachMethod: Sendable, CustomTestStringConvertible {
    let name: String
    let attach: @Sendable (PacketPrograms) throws -> Link
    var testDescription: String { name }

    static let all =
      [
        AttachMethod(name: "ingress classifier") {
          try $0["on_packet"].attach(toClsactOf: loopback, .ingress)
        },
        AttachMethod(name: "egress classifier") {
          try $0["on_packet"].attach(toClsactOf: loopback, .egress, priority: 5)
        },
      ] + xdp
    static let xdp = [
      AttachMethod(name: "XDP") { try $0["on_frame"].attachByNetlink(toXDPOf: loopback, mode: .generic) },
      AttachMethod(name: "XDP, compared here") {
        try $0["on_frame"].attachByNetlink(toXDPOf: loopback, mode: .generic, isRemovalAtomic: false)
      },
      AttachMethod(name: "XDP in the kernel's mode, compared here") {
        try $0["on_frame"].attachByNetlink(toXDPOf: loopback, mode: .automatic, isRemovalAtomic: false)
      },
    ]
  }

  @Test("Detaching keeps an XDP program that has replaced ours", arguments: AttachMethod.xdp)
  func replacedXDP(method: AttachMethod) async throws {
    try await PacketPrograms.onOwnNetwork { programs in
      let otherPrograms = try PacketPrograms()
      let id = try otherPrograms["on_frame"].id
      let ours = try method.attach(programs)
      try Bpftool.run("net", "detach", "xdpgeneric", "dev", "lo")
      try Bpftool.run("net", "attach", "xdpgeneric", "id", "\(id)", "dev", "lo")
      let error = #expect(throws: BPFError.self) { try ours.detach() }
      #expect(error?.code == .changed)
      #expect(error?.explanation.contains("program \(id)") == true)
      #expect(try otherPrograms.ten().seen >= 10)
      try Bpftool.run("net", "detach", "xdpgeneric", "dev", "lo")
      // Detaching succeeds if no program is attached.
      let gone = try method.attach(programs)
      try Bpftool.run("net", "detach", "xdpgeneric", "dev", "lo")
      try gone.detach()
    }
  }

  @Test("Detaching keeps an XDP link that has replaced our program")
  func linkedXDP() async throws {
    try await PacketPrograms.onOwnNetwork { programs in
      let otherPrograms = try PacketPrograms()
      let ours = try programs["on_frame"].attachByNetlink(toXDPOf: Self.loopback, mode: .generic)
      try Bpftool.run("net", "detach", "xdpgeneric", "dev", "lo")
      let link = try otherPrograms["on_frame"].attach(toXDPOf: Self.loopback, mode: .generic)
      let error = #expect(throws: BPFError.self) { try ours.detach() }
      #expect(error?.code == .changed)
      #expect(try otherPrograms.ten().seen >= 10)
      try link.detach()
    }
  }

  @Test("Detaching keeps a classic socket filter that has replaced ours, and succeeds if there is none")
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

  @Test("Detaching keeps a program that has replaced ours in a socket map", .kernel(since: "6.0"))
  func socketMaps() throws {
    let (programs, otherPrograms) = (try PacketPrograms(), try PacketPrograms())
    let map = try MapHandle(type: .sockMap, keySize: 4, valueSize: 4, maxEntries: 1)
    let ours = try programs["on_message"].attachDirectly(toSocketMap: map, for: .skMsgVerdict)
    let theirs = try otherPrograms["on_message"].attachDirectly(toSocketMap: map, for: .skMsgVerdict)
    let error = #expect(throws: BPFError.self) { try ours.detach() }
    #expect(error?.code == .changed)
    #expect(try error?.explanation.contains("program \(otherPrograms["on_message"].id)") == true)
    func attached() throws -> [UInt32] {
      try map.withFileDescriptor { (map) throws(Errno) in
        try BPFCommand.programQuery(
          BPFCommand.ProgramQuery(map, attachType: AttachType.skMsgVerdict.rawValue)
        ).ids
      }
    }
    #expect(try attached() == [otherPrograms["on_message"].id.rawValue])
    try theirs.detach()
    #expect(try attached() == [])
  }

  @Test("Detaching keeps a replacement in a socket map even if the kernel cannot query programs")
  func socketMapsWithoutQueries() throws {
    let (programs, otherPrograms) = (try PacketPrograms(), try PacketPrograms())
    let map = try MapHandle(type: .sockMap, keySize: 4, valueSize: 4, maxEntries: 1)
    var sockets: (Int32, Int32) = (-1, -1)
    #expect(kf_connected_sockets(&sockets.0, &sockets.1) == 0)
    let ends = [sockets.0, sockets.1].map { FixtureDescriptor(adopting: $0) }
    let ours = try programs["on_message"].attachDirectly(toSocketMap: map, for: .skMsgVerdict)
    let theirs = try otherPrograms["on_message"].attachDirectly(toSocketMap: map, for: .skMsgVerdict)
    // The kernel itself compares the programs, and reports the result since Linux 5.18.
    var refusal: BPFError?
    do throws(BPFError) { try ours.detach() } catch { refusal = error }
    #expect(refusal?.code == (KernelRelease.isOlder(than: "5.18") ? nil : .changed))
    try map.update([0, 0, 0, 0], to: ends[0].bytes)
    #expect(write(ends[0].number, "ten", 3) == 3)
    #expect(try otherPrograms.packets == 1 && programs.packets == 0)
    try theirs.detach()
  }
}
