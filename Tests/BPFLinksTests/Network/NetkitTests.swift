//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import KernelFixtures
import Testing

@Suite("Netkit links", .bpftool, .feature(.netkit))
struct NetkitTests {
  @Test("A program sees and can drop the packets that one side sends", arguments: [false, true])
  func fires(isPeer: Bool) async throws {
    try await Port.pair(of: "netkit") { programs, near, far in
      let (sender, receiver) = isPeer ? (far, near) : (near, far)
      let link = try programs["on_test_packet"].attach(toNetkit: near.interface, peer: isPeer)
      sender.send(10)
      #expect(receiver.receives(10))
      #expect(try programs.packets == 10)
      // It does not see packets in the other direction.
      receiver.send(10)
      #expect(sender.receives(10))
      #expect(try programs.packets == 10)
      try programs.object.setVariable("drops", to: true)
      sender.sendInVain(10)
      #expect(try programs.packets == 20 && receiver.received() == 0)
      try programs.object.setVariable("drops", to: false)
      let info = try link.info()
      // For the peer's programs, the kernel reports the peer's index.
      let (index, side) = (sender.interface.index, isPeer ? AttachType.netkitPeer : .netkitPrimary)
      let target = try #require(info.target.networkInterface)
      #expect(target.index == index && target.attachType == side)
      #expect(info.type == .netkit)
      // Some installed releases of bpftool do not know the type's name.
      let theirs = try Bpftool.run("link", "show", "id", "\(try #require(link.id))")
      #expect(theirs["prog_id"].integer == info.programID.map { Int($0.rawValue) })
      try link.detach()
      sender.send(10)
      #expect(receiver.receives(10))
      #expect(try programs.packets == 20)
    }
  }

  @Test("Updates a link, and attaches a program before another", arguments: [false, true])
  func updating(isPeer: Bool) async throws {
    try await Port.pair(of: "netkit") { programs, near, far in
      let (sender, receiver) = isPeer ? (far, near) : (near, far)
      let other = try PacketPrograms()
      let link = try programs["on_test_packet"].attach(toNetkit: near.interface, peer: isPeer)
      try link.update(to: other["on_test_packet"], replacing: programs["on_test_packet"])
      sender.send(10)
      #expect(receiver.receives(10))
      #expect(try programs.packets == 0 && other.packets == 10)
      let stale = #expect(throws: BPFError.self) {
        try link.update(to: programs["on_test_packet"], replacing: programs["on_test_packet"])
      }
      #expect(stale?.code == .changed)
      // The first program drops the packets, so the second sees none.
      try programs.object.setVariable("drops", to: true)
      let first = try programs["on_test_packet"].attach(
        toNetkit: near.interface, peer: isPeer, order: .beforeLink(link))
      sender.sendInVain(10)
      #expect(try programs.packets == 10 && other.packets == 10)
      try first.detach()
      try link.detach()
    }
  }

  @Test("Lists the programs of each side, with links and revision", arguments: [false, true])
  func listing(isPeer: Bool) async throws {
    try await Port.pair(of: "netkit") { programs, near, far in
      let (first, second) = (try programs["on_test_packet"], try PacketPrograms()["on_test_packet"])
      let none = try AttachedPrograms(toNetkit: near.interface, peer: isPeer)
      #expect(none.isEmpty)
      let link = try first.attach(
        toNetkit: near.interface, peer: isPeer, revision: #require(none.revision))
      let other = try second.attach(toNetkit: near.interface, peer: isPeer, order: .first)
      let both = try AttachedPrograms(toNetkit: near.interface, peer: isPeer)
      #expect(both.map(\.programID) == [second.id, first.id] && both.map(\.linkID) == [other.id, link.id])
      #expect(try AttachedPrograms(toNetkit: near.interface, peer: !isPeer).isEmpty)
      let stale = #expect(throws: BPFError.self) {
        try second.attach(toNetkit: near.interface, peer: !isPeer, revision: 4711)
      }
      #expect(stale?.code == .changed)
      let peer = #expect(throws: BPFError.self) {
        try AttachedPrograms(toNetkit: far.interface, peer: isPeer)
      }
      #expect(peer?.code == .invalidArgument)
    }
  }

  @Test("A pin keeps a program attached")
  func pins() async throws {
    try await Port.pair(of: "netkit") { programs, near, far in
      try withBPFFileSystem { files in
        let path = files.appending("link")
        var link: Link? = try programs["on_test_packet"].attach(toNetkit: near.interface, peer: false)
        try link?.pin(at: path)
        link = nil
        near.send(10)
        #expect(far.receives(10))
        #expect(try programs.packets == 10)
        try Link(pinnedAt: path).unpin(from: path)
        #expect(
          try eventually {
            let before = try programs.packets
            near.send(1)
            return try far.receives(1) && programs.packets == before
          })
      }
    }
  }

  @Test("Rejects the peer interface and interfaces of other kinds")
  func refusals() async throws {
    try await Port.pair(of: "netkit") { programs, near, far in
      let peer = #expect(throws: BPFError.self) {
        try programs["on_test_packet"].attach(toNetkit: far.interface, peer: true)
      }
      #expect(peer?.code == .invalidArgument)
      #expect(peer?.explanation.contains("attach to the primary interface") == true)
      let loopback = #expect(throws: BPFError.self) {
        try programs["on_test_packet"].attach(toNetkit: NetworkInterface(named: "lo"), peer: false)
      }
      #expect(loopback?.code == .notFound)
      #expect(loopback?.explanation.contains("is not a netkit device") == true, "\(loopback as Any)")
    }
  }
}
