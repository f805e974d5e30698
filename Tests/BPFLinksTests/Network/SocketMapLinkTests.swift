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

@Suite("Links to maps of sockets", .bpftool)
struct SocketMapLinkTests {
  let programs: PacketPrograms
  let map: MapHandle
  /// The ends of a connection.
  let ends: [FixtureDescriptor]

  init() throws {
    programs = try PacketPrograms()
    map = try MapHandle(type: .sockMap, keySize: 4, valueSize: 4, maxEntries: 2)
    var sockets: (Int32, Int32) = (-1, -1)
    #expect(kf_connected_sockets(&sockets.0, &sockets.1) == 0)
    ends = [sockets.0, sockets.1].map { FixtureDescriptor(adopting: $0) }
  }

  /// Puts an end of the connection into the map, which it leaves first if it is there.
  private func insert(_ end: Int) throws {
    try map.delete([0, 0, 0, 0])
    try map.update([0, 0, 0, 0], to: ends[end].bytes)
  }

  private func send(_ text: String) {
    #expect(write(ends[0].number, text, text.utf8.count) == text.utf8.count)
  }

  /// What the other end has received; nothing if there is nothing.
  private func received() -> String {
    var bytes = [UInt8](repeating: 0, count: 64)
    let count = recv(ends[1].number, &bytes, bytes.count, Int32(MSG_DONTWAIT))
    return String(decoding: bytes.prefix(max(count, 0)), as: UTF8.self)
  }

  /// Waits for a text to have come, in however many pieces.
  private func receives(_ text: String) -> Bool {
    var all = ""
    return eventually {
      all += received()
      return all.utf8.count >= text.utf8.count
    } && all == text
  }

  /// Before Linux 6.10 programs are attached to such maps without a link.
  private static let haveLinks = !KernelRelease.isOlder(than: "6.10")

  private func expectSeen(_ link: Link, _ attachType: AttachType) throws {
    guard Self.haveLinks else {
      #expect(link.id == nil)
      return
    }
    #expect(try link.info().target == .socketMap(mapID: map.id, attachType: attachType))
    let theirs = try Bpftool.run("link", "show", "id", "\(try #require(link.id))")
    #expect(theirs["prog_id"].integer == link.programID.map { Int($0.rawValue) })
  }

  @Test("A program on messages runs for what its sockets send, until they are put into the map again")
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
    // A socket has the programs that the map had when it came into it.
    send("ten")
    #expect(try programs.packets == 2)
    try insert(0)
    send("ten")
    #expect(try programs.packets == 2)
    #expect(receives("tenten"))
  }

  @Test(
    "A program on what is received sees it and can drop it, until its sockets are put into the map again",
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

  // On Linux 5.10 what the parser has passed is at times not read, and nothing is once the parser has gone. Since Linux 5.13
  // a program needs no parser.
  @Test(
    "A parser divides a stream into the messages that a program decides about", .kernel(since: "5.13"))
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

  @Test("A program is updated in place, and what does not fit the map is refused", .kernel(since: "6.10"))
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
