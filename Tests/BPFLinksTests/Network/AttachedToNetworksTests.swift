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

/// The answer of the kernel to C code.
private struct KernelList {
  var programs: [ProgramID]
  var links: [LinkID?]
  var revision: UInt64

  init(_ target: Int32, _ type: AttachType, links hasLinks: Bool) throws {
    var answer = kf_attached()
    try #require(kf_query(target, type.rawValue, hasLinks ? 1 : 0, &answer) == 0)
    let count = Int(answer.count)
    programs = withUnsafeBytes(of: &answer.programs) { $0.bindMemory(to: UInt32.self).prefix(count) }
      .map { ProgramID(rawValue: $0) }
    links = withUnsafeBytes(of: &answer.links) { Array($0.bindMemory(to: UInt32.self).prefix(count)) }
      .map { $0 == 0 ? nil : LinkID(rawValue: $0) }
    revision = answer.revision
  }
}

@Suite("Programs attached to interfaces, network namespaces and socket maps", .bpftool)
struct AttachedToNetworksTests {
  private static let loopback = NetworkInterface(index: 1)

  @Test(
    "Lists tcx programs in their order, with links and revision", .kernel(since: "6.6"),
    arguments: [TrafficDirection.ingress, .egress])
  func tcx(direction: TrafficDirection) async throws {
    let type: AttachType = direction == .ingress ? .tcxIngress : .tcxEgress
    try await PacketPrograms.onOwnNetwork { programs in
      let empty = try AttachedPrograms(toTCXOf: Self.loopback, direction)
      #expect(empty.isEmpty && empty.flags.isEmpty && empty.attachType == type)
      let (first, second, third) = (
        try programs["on_packet"], try PacketPrograms()["on_packet"], try PacketPrograms()["on_packet"]
      )
      let link = try first.attach(toTCXOf: Self.loopback, direction, revision: #require(empty.revision))
      let one = try AttachedPrograms(toTCXOf: Self.loopback, direction)
      #expect(one.map(\.programID) == [first.id] && one.map(\.linkID) == [link.id])
      #expect(one.revision != empty.revision)
      // The second program has no link, the third one is in between.
      try second.withFileDescriptor { descriptor in
        try #require(kf_program_attach_first(descriptor.rawValue, 1, type.rawValue) == 0)
      }
      let between = try third.attach(toTCXOf: Self.loopback, direction, order: .beforeLink(link))
      let all = try AttachedPrograms(toTCXOf: Self.loopback, direction)
      #expect(all.map(\.programID) == [second.id, third.id, first.id])
      #expect(all.map(\.linkID) == [nil, between.id, link.id])
      #expect(all.first?.description == "program \(second.id)")
      #expect(try all.last?.description == "program \(first.id) (link \(#require(link.id)))")
      let theirs = try KernelList(1, type, links: true)
      #expect(all.map(\.programID) == theirs.programs && all.map(\.linkID) == theirs.links)
      #expect(all.revision == theirs.revision)
      try between.detach()
      #expect(
        try AttachedPrograms(toTCXOf: Self.loopback, direction).map(\.programID) == [second.id, first.id])
    }
  }

  @Test("A program is attached only to the list of its revision", .kernel(since: "6.6"))
  func staleRevision() async throws {
    try await PacketPrograms.onOwnNetwork { programs in
      let other = try PacketPrograms()
      let old = try #require(AttachedPrograms(toTCXOf: Self.loopback, .egress).revision)
      let link = try programs["on_packet"].attach(toTCXOf: Self.loopback, .egress, revision: old)
      let stale = #expect(throws: BPFError.self) {
        try other["on_packet"].attach(toTCXOf: Self.loopback, .egress, order: .first, revision: old)
      }
      #expect(stale?.code == .changed && stale?.errno == .staleNFSFileHandle)
      #expect(stale?.explanation.contains("have changed since revision \(old): list them again") == true)
      let fresh = try AttachedPrograms(toTCXOf: Self.loopback, .egress)
      #expect(fresh.map(\.linkID) == [link.id])
      _ = try other["on_packet"].attach(
        toTCXOf: Self.loopback, .egress, order: .first, revision: #require(fresh.revision))
    }
  }

  @Test("Lists XDP programs with their modes, attached with and without links", arguments: [true, false])
  func xdp(byLink: Bool) async throws {
    try await PacketPrograms.onOwnNetwork { programs in
      #expect(try AttachedPrograms(toXDPOf: Self.loopback).isEmpty)
      let program = try programs["on_frame"]
      let link =
        byLink
        ? try program.attach(toXDPOf: Self.loopback, mode: .generic)
        : try program.attachByNetlink(toXDPOf: Self.loopback, mode: .generic)
      let attached = try AttachedPrograms(toXDPOf: Self.loopback)
      #expect(attached.map(\.programID) == [program.id] && attached.map(\.xdpMode) == [.generic])
      #expect(attached.revision == nil && attached.attachType == .xdp && attached.first?.linkID == nil)
      #expect(try Bpftool.text("net", "show", "dev", "lo").contains("generic id \(program.id)"))
      try link.detach()
      #expect(try AttachedPrograms(toXDPOf: Self.loopback).isEmpty)
    }
  }

  @Test("Lists a driver's XDP program")
  func nativeXDP() async throws {
    try await Port.pair { programs, _, far in
      let link = try programs["on_test_frame"].attach(toXDPOf: far.interface, mode: .native)
      let attached = try AttachedPrograms(toXDPOf: far.interface)
      #expect(attached.map(\.xdpMode) == [.native] && attached.map(\.programID) == [link.programID])
    }
  }

  @Test("Lists the programs of a network namespace in their order")
  func namespaces() async throws {
    try await PacketPrograms.onOwnNetwork { programs in
      let path: FilePath = "/proc/thread-self/ns/net"
      #expect(try AttachedPrograms(toNetworkNamespace: path, for: .skLookup).isEmpty)
      let (first, second) = (try programs["on_lookup"], try PacketPrograms()["on_lookup"])
      let links = [
        try first.attach(toNetworkNamespace: path), try second.attach(toNetworkNamespace: path),
      ]
      let namespace = FixtureDescriptor(adopting: kf_open_network_namespace())
      let all = try AttachedPrograms(toNetworkNamespace: path, for: .skLookup)
      #expect(all.map(\.programID) == links.map(\.programID) && all.revision == nil)
      #expect(try all == AttachedPrograms(toNetworkNamespace: namespace.fileDescriptor, for: .skLookup))
      #expect(
        try all.map(\.programID) == KernelList(namespace.number, .skLookup, links: false).programs)
      #expect(try AttachedPrograms(toNetworkNamespace: path, for: .flowDissector).isEmpty)
      for (path, type) in [(path, AttachType.tcxIngress), ("/proc/self/ns/mnt", .skLookup)] {
        let error = #expect(throws: BPFError.self) {
          try AttachedPrograms(toNetworkNamespace: path, for: type)
        }
        #expect(error?.operation == .listAttached)
        #expect(error?.code != .notFound && error?.explanation.contains("'\(path)'") == true)
      }
      let missing = #expect(throws: BPFError.self) {
        try AttachedPrograms(toNetworkNamespace: "/proc/no-such/ns/net", for: .skLookup)
      }
      #expect(missing?.code == .notFound)
    }
  }

  @Test("Lists the program of a socket map", .kernel(since: "5.18"))
  func socketMaps() throws {
    let programs = try PacketPrograms()
    let map = try MapHandle(type: .sockMap, keySize: 4, valueSize: 4, maxEntries: 1)
    #expect(try AttachedPrograms(toSocketMap: map, for: .skMsgVerdict).isEmpty)
    let link = try programs["on_message"].attach(toSocketMap: map)
    let attached = try AttachedPrograms(toSocketMap: map, for: .skMsgVerdict)
    #expect(try attached.map(\.programID) == [programs["on_message"].id])
    #expect(try AttachedPrograms(toSocketMap: map, for: .skSKBStreamParser).isEmpty)
    try link.detach()
    #expect(try AttachedPrograms(toSocketMap: map, for: .skMsgVerdict).isEmpty)
    let array = try MapHandle(type: .array, keySize: 4, valueSize: 4, maxEntries: 1)
    #expect(throws: BPFError.self) { try AttachedPrograms(toSocketMap: array, for: .skMsgVerdict) }
    let wrong = #expect(throws: BPFError.self) { try AttachedPrograms(toSocketMap: map, for: .xdp) }
    #expect(wrong?.code == .invalidArgument)
  }

  @Test("Errors name a missing interface, and the release that lists programs")
  func refusals() async throws {
    try await PacketPrograms.onOwnNetwork { _ in
      let missing = NetworkInterface(index: 4711)
      let xdp = #expect(throws: BPFError.self) { try AttachedPrograms(toXDPOf: missing) }
      #expect(xdp?.code == .notFound && xdp?.operation == .listAttached)
      let tcx = #expect(throws: BPFError.self) { try AttachedPrograms(toTCXOf: missing, .ingress) }
      let isOlder = KernelRelease.isOlder(than: "6.6")
      #expect(tcx?.code == (isOlder ? .unsupported : .notFound))
      #expect(tcx?.explanation.contains(isOlder ? "6.6" : "there is no network interface") == true)
      let invalid = #expect(throws: BPFError.self) {
        try AttachedPrograms(toTCXOf: NetworkInterface(index: 0), .ingress)
      }
      #expect(invalid?.code == .invalidArgument && invalid?.operation == .listAttached)
      let netkit = #expect(throws: BPFError.self) {
        try AttachedPrograms(toNetkit: Self.loopback, peer: false)
      }
      #expect(netkit?.code == (BuiltFeature.netkit.isAvailable ? .notFound : .unsupported))
    }
  }
}
