//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import BPFLinks
import CKernelFixtures
import KernelFixtures
import Testing

/// A network interface with a socket that sends and receives frames.
struct Port {
  let interface: NetworkInterface
  private let socket: FixtureDescriptor

  init(_ name: String) throws {
    interface = try NetworkInterface(named: name)
    socket = FixtureDescriptor(adopting: kf_frame_socket(Int32(interface.index)))
    #expect(socket.number >= 0)
  }

  func send(_ count: Int32) { #expect(kf_send_frames(socket.number, count) == count) }

  /// Sends frames that a program drops; netkit devices report that to the sender.
  func sendInVain(_ count: Int32) { _ = kf_send_frames(socket.number, count) }

  /// Returns the number of frames received since the last call.
  func received() -> Int32 { kf_receive_frames(socket.number) }

  /// Waits until the given number of frames is received, and returns whether there were no more.
  func receives(_ count: Int32) -> Bool {
    var all: Int32 = 0
    return eventually {
      all += received()
      return all >= count
    } && all == count
  }

  /// Runs a closure on a thread in a new network namespace with two connected interfaces.
  static func pair(
    of kind: String = "veth", _ body: @escaping @Sendable (PacketPrograms, Port, Port) throws -> Void
  ) async throws {
    try await PacketPrograms.onOwnNetwork { programs in
      try #require(kf_interface_pair(kind, "near", "far") == 0)
      let (near, far) = (try Port("near"), try Port("far"))
      // An interface needs a moment before it sends; earlier frames are lost.
      try #require(
        eventually {
          _ = kf_send_frames(near.socket.number, 1)
          return far.received() > 0
        })
      try body(programs, near, far)
    }
  }
}

@Suite("XDP links to drivers, and flow dissector links", .bpftool)
struct FrameTests {
  @Test("Native XDP sees frames, can drop them, and bpftool shows it", arguments: [true, false])
  func native(byLink: Bool) async throws {
    try await Port.pair { programs, near, far in
      let program = try programs["on_test_frame"]
      let link =
        byLink
        ? try program.attach(toXDPOf: far.interface, mode: .native)
        : try program.attachByNetlink(toXDPOf: far.interface, mode: .native)
      near.send(10)
      #expect(far.receives(10))
      #expect(try programs.packets == 10)
      try programs.object.setVariable("drops", to: true)
      near.send(10)
      #expect(try eventually { try programs.packets == 20 })
      #expect(far.received() == 0)

      // The program runs in the driver, not in generic mode.
      let theirs = try Bpftool.text("net", "show", "dev", "far")
      #expect(theirs.contains("driver id \(program.id)"))
      if let id = link.id {
        #expect(byLink && link.type == .xdp)
        let shown = try Bpftool.run("link", "show", "id", "\(id)")
        #expect(shown["type"].string == "xdp" && shown["prog_id"].integer == Int(program.id.rawValue))
      } else {
        #expect(!byLink)
      }
      let generic = #expect(throws: BPFError.self) {
        try program.attach(toXDPOf: far.interface, mode: .generic)
      }
      #expect(generic?.code == .alreadyExists)
      try link.detach()
      near.send(10)
      #expect(far.receives(10))
      #expect(try programs.packets == 20)
      #expect(try !Bpftool.text("net", "show", "dev", "far").contains("driver"))
      let offloaded = #expect(throws: BPFError.self) {
        try program.attach(toXDPOf: far.interface, mode: .offloaded)
      }
      #expect(offloaded?.code == .invalidArgument)
    }
  }

  @Test("Updating an XDP link loses no frame")
  func updating() async throws {
    try await Port.pair { programs, near, far in
      let other = try PacketPrograms()
      let link = try programs["on_test_frame"].attach(toXDPOf: far.interface, mode: .native)
      try link.update(to: other["on_test_frame"], replacing: programs["on_test_frame"])
      near.send(10)
      #expect(far.receives(10))
      #expect(try programs.packets == 0 && other.packets == 10)
      #expect(try link.info().programID == other["on_test_frame"].id)
    }
  }

  @Test("A program attached by netlink is detached on release, unless another program has replaced it")
  func byNetlink() async throws {
    try await Port.pair { programs, near, far in
      let (program, other) = (try programs["on_test_frame"], try PacketPrograms())
      var held: Link? = try program.attachByNetlink(toXDPOf: far.interface, mode: .native)
      #expect(held?.id == nil)
      let taken = #expect(throws: BPFError.self) {
        try other["on_test_frame"].attachByNetlink(toXDPOf: far.interface, mode: .native)
      }
      #expect(taken?.code == .alreadyExists)
      let linked = #expect(throws: BPFError.self) {
        try other["on_test_frame"].attach(toXDPOf: far.interface, mode: .native)
      }
      #expect(linked?.code == .alreadyExists)
      held = nil
      near.send(10)
      #expect(far.receives(10))
      #expect(try programs.packets == 0)

      // Another program replaces it and stays attached; detaching reports it.
      let replaced = try program.attachByNetlink(toXDPOf: far.interface, mode: .native)
      let theirs = try other["on_test_frame"].id
      _ = try Bpftool.text("net", "attach", "xdpdrv", "id", "\(theirs)", "dev", "far", "overwrite")
      let detached = #expect(throws: BPFError.self) { try replaced.detach() }
      #expect(detached?.code == .changed)
      near.send(10)
      #expect(far.receives(10))
      #expect(try programs.packets == 0 && other.packets == 10)
      _ = try Bpftool.text("net", "detach", "xdpdrv", "dev", "far")
    }
  }

  @Test("A network namespace's flow dissector runs until it is detached")
  func flowDissector() async throws {
    try await Port.pair { programs, near, far in
      let path: FilePath = "/proc/thread-self/ns/net"
      let link = try programs["on_dissection"].attach(toNetworkNamespace: path)
      // The kernel dissects a packet that a socket passes to the driver, to find the end of its headers.
      near.send(10)
      #expect(far.receives(10))
      #expect(try programs.packets >= 10)
      #expect(try link.info().target.networkNamespace?.attachType == .flowDissector)
      let shown = try Bpftool.run("link", "show", "id", "\(try #require(link.id))")
      #expect(shown["type"].string == "netns" && shown["attach_type"].string == "flow_dissector")
      #expect(shown["prog_id"].integer == Int(try programs["on_dissection"].id.rawValue))
      let second = #expect(throws: BPFError.self) {
        try programs["on_dissection"].attach(toNetworkNamespace: path)
      }
      #expect(second?.code == .alreadyExists)
      try link.detach()
      // The program may have run for other packets in the meantime.
      let all = try programs.packets
      near.send(10)
      #expect(far.receives(10))
      #expect(try programs.packets == all)
    }
  }
}
