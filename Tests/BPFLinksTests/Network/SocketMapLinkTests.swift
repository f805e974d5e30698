//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import BPFSyscall
import CKernelFixtures
import KernelFixtures
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

@Suite("Socket map links", .bpftool)
struct SocketMapLinkTests {
  let programs: PacketPrograms
  let map: MapHandle
  /// The two sockets of a connection.
  let ends: [FixtureDescriptor]

  init() throws {
    programs = try PacketPrograms()
    map = try MapHandle(type: .sockMap, keySize: 4, valueSize: 4, maxEntries: 2)
    var sockets: (Int32, Int32) = (-1, -1)
    #expect(kf_connected_sockets(&sockets.0, &sockets.1) == 0)
    ends = [sockets.0, sockets.1].map { FixtureDescriptor(adopting: $0) }
  }

  /// Adds a socket of the connection to the map, after removing the previous one.
  private func insert(_ end: Int) throws {
    try map.delete([0, 0, 0, 0])
    try map.update([0, 0, 0, 0], to: ends[end].bytes)
  }

  private func send(_ text: String) {
    #expect(write(ends[0].number, text, text.utf8.count) == text.utf8.count)
  }

  /// Returns the data that the other socket has received; empty if there is none.
  private func received() -> String {
    var bytes = [UInt8](repeating: 0, count: 64)
    let count = recv(ends[1].number, &bytes, bytes.count, Int32(MSG_DONTWAIT))
    return String(decoding: bytes.prefix(max(count, 0)), as: UTF8.self)
  }

  /// Waits for a text, in any number of pieces.
  private func receives(_ text: String) -> Bool {
    var all = ""
    return eventually {
      all += received()
      return all.utf8.count >= text.utf8.count
    } && all == text
  }

  /// Whether the kernel has links for socket maps, which Linux 6.10 introduced.
  private static let haveLinks = !KernelRelease.isOlder(than: "6.10")

  private func expectSeen(_ link: Link, _ attachType: AttachType) throws {
    guard Self.haveLinks else {
      #expect(link.id == nil)
      return
    }
    let target = try #require(link.info().target.map)
    #expect(target.id == map.id && target.attachType == attachType)
    let theirs = try Bpftool.run("link", "show", "id", "\(try #require(link.id))")
    #expect(theirs["prog_id"].integer == link.programID.map { Int($0.rawValue) })
  }

  @Test("A message program runs for data that its sockets send, until they are added again")
  func messages() throws {
    let link = try programs["on_message"].attach(toSocketMap: map)
    try expectSeen(link, .skMsgVerdict)
    if Self.haveLinks {
      let taken = #expect(throws: BPFError.self) { try programs["on_message"].attach(toSocketMap: map) }
      #expect(taken?.code == .alreadyExists)
    }
    try insert(0)
    send("ten")
    #expect(receives("ten"))
    #expect(try programs.packets == 1)
    try link.detach()
    // A socket keeps the programs that the map had when it was added.
    send("ten")
    #expect(try programs.packets == 2)
    try insert(0)
    send("ten")
    #expect(try programs.packets == 2)
    #expect(receives("tenten"))
  }

  @Test(
    "A verdict program sees and can drop received data, until its sockets are added again",
    .kernel(since: "5.13"))
  func verdict() throws {
    let link = try programs["on_received"].attach(toSocketMap: map)
    try expectSeen(link, .skSKBVerdict)
    try insert(1)
    send("first")
    #expect(receives("first"))
    #expect(try programs.packets == 1)
    try programs.object.setVariable("drops", to: true)
    send("second")
    #expect(try eventually { try programs.packets == 2 })
    #expect(received().isEmpty)
    try link.detach()
    try insert(1)
    send("third")
    #expect(receives("third"))
    #expect(try programs.packets == 2)
  }

  // On Linux 5.10, data that the parser has passed is sometimes lost, and all data once the parser is gone. Since Linux
  // 5.13, a verdict program does not need a parser.
  @Test(
    "A parser divides a stream into messages for a verdict program", .kernel(since: "5.13"))
  func parser() throws {
    let parser = try programs["on_bytes"].attach(toSocketMap: map)
    let verdict = try programs["on_parsed"].attach(toSocketMap: map)
    try expectSeen(parser, .skSKBStreamParser)
    try expectSeen(verdict, .skSKBStreamVerdict)
    try insert(1)
    send("123456")
    #expect(receives("123456"))
    #expect(try programs.packets == 3)
    #expect(try programs.object.variable("parsed", as: UInt64.self) >= 3)
    try verdict.detach()
    try parser.detach()
    try insert(1)
    send("123456")
    #expect(receives("123456"))
    #expect(try programs.packets == 3)
  }

  @Test("Updates a link's program, and rejects wrong maps and programs", .kernel(since: "6.10"))
  func updating() throws {
    let other = try PacketPrograms()
    let link = try programs["on_received"].attach(toSocketMap: map)
    try link.update(to: other["on_received"], replacing: programs["on_received"])
    try insert(1)
    send("other")
    #expect(receives("other"))
    #expect(try programs.packets == 0 && other.packets == 1)
    let array = try MapHandle(type: .array, keySize: 4, valueSize: 4, maxEntries: 1)
    let wrong = #expect(throws: BPFError.self) { try programs["on_message"].attach(toSocketMap: array) }
    #expect(wrong?.code == .wrongObject)
    let type = #expect(throws: BPFError.self) { try programs["on_frame"].attach(toSocketMap: map) }
    #expect(type?.code == .wrongObject)
    let vague = #expect(throws: BPFError.self) {
      try Program(id: programs["on_bytes"].id).attach(toSocketMap: map)
    }
    #expect(vague?.code == .invalidArgument)
  }
}
