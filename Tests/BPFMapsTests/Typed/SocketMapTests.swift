//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import KernelFixtures
import Testing

@Suite("Socket maps", .kernel)
struct SocketMapTests {
  @Test("A sockmap returns the same cookie as getsockopt", .kernel(since: "5.15"))
  func sockMap() throws {
    let sockets = try SockMap(name: UniqueName.next(), maxEntries: 4)
    let (a, b) = (try FixtureDescriptor.socketPair(), try FixtureDescriptor.listeningSocket())
    try sockets.update(0, to: a.0.fileDescriptor)
    try sockets.update(UInt32(2), to: b.fileDescriptor, flags: .noExist)
    #expect(try sockets.lookupCookie(0) == a.0.socketCookie)
    #expect(try sockets.lookupCookie(UInt32(2)) == b.socketCookie)
    #expect(try sockets.lookupCookie(1) == nil)
    #expect(try Array(sockets.keys()) == [0, 2])
    #expect(try sockets.count() == 2)
    #expect(try sockets.cookies().map(\.value) == [a.0.socketCookie, b.socketCookie])
    let there = #expect(throws: BPFError.self) {
      try sockets.update(0, to: b.fileDescriptor, flags: .noExist)
    }
    #expect(there?.code == .alreadyExists)
    for index in [4, -1, Int(UInt32.max) + 1, Int.max, Int.min] {
      #expect(throws: BPFError.self) { try sockets.update(index, to: b.fileDescriptor) }
      #expect(try sockets.lookupCookie(index) == nil)
      #expect(try !sockets.delete(index))
    }
    #expect(try sockets.delete(0))
    #expect(try !sockets.delete(0))
    #expect(try sockets.deleteAll() == 1)
  }

  @Test("A sockhash has keys of a Swift type", .kernel(since: "5.15"))
  func sockHash() throws {
    struct Peer: Equatable {
      var address: UInt32
      var port: UInt16
    }
    let sockets = try SockHash<Peer>(name: UniqueName.next(), maxEntries: 4)
    let pair = try FixtureDescriptor.socketPair()
    let (a, b) = (Peer(address: 1, port: 80), Peer(address: 1, port: 443))
    try sockets.update(a, to: pair.0.fileDescriptor)
    try sockets.update(b, to: pair.1.fileDescriptor)
    #expect(try sockets.lookupCookie(a) == pair.0.socketCookie)
    #expect(try sockets.lookupCookie(b) == pair.1.socketCookie)
    #expect(try sockets.lookupCookie(Peer(address: 2, port: 80)) == nil)
    let seen = try sockets.cookies()
    #expect(seen.count == 2)
    for (peer, cookie) in seen { #expect(try cookie == (peer == a ? pair.0 : pair.1).socketCookie) }
    #expect(try sockets.keys().count == 2)
    #expect(try sockets.delete(a))
    #expect(try !sockets.delete(a))
    #expect(try sockets.count() == 1)
  }

  @Test("A closed socket leaves the map")
  func closed() throws {
    let sockets = try SockMap(maxEntries: 1)
    do {
      let socket = try FixtureDescriptor.listeningSocket()
      try sockets.update(0, to: socket.fileDescriptor)
      #expect(try sockets.count() == 1)
    }
    #expect(try sockets.lookupCookie(0) == nil)
    #expect(try sockets.count() == 0)
  }

  @Test("A reuseport array accepts each SO_REUSEPORT socket once")
  func reuseport() throws {
    let sockets = try ReuseportSockArray(name: UniqueName.next(), maxEntries: 2)
    let socket = try FixtureDescriptor.reuseportSocket()
    try sockets.update(1, to: socket.fileDescriptor)
    #expect(try sockets.lookupCookie(1) == socket.socketCookie)
    #expect(try sockets.lookupCookie(0) == nil)
    #expect(try sockets.cookies().map(\.key) == [1])
    let twice = #expect(throws: BPFError.self) { try sockets.update(0, to: socket.fileDescriptor) }
    #expect(twice?.code == .busy)
    let (listening, pair) = (try FixtureDescriptor.listeningSocket(), try FixtureDescriptor.socketPair())
    for unfit in [listening, pair.0] {
      let error = #expect(throws: BPFError.self) { try sockets.update(0, to: unfit.fileDescriptor) }
      #expect(error?.code == .invalidArgument)
      #expect(error?.description.contains("with SO_REUSEPORT") == true)
    }
    #expect(try !sockets.delete(2))
    #expect(try sockets.delete(1))
    #expect(try sockets.count() == 0)
  }

  @Test(
    "A map with 4-byte values accepts sockets, and returns no cookies",
    arguments: [MapType.sockMap, .sockHash, .reuseportSockArray])
  func narrow(type: MapType) throws {
    func exercise(_ map: some SocketMap<UInt32>, _ socket: FixtureDescriptor) throws {
      try map.update(1, to: socket.fileDescriptor)
      for call in [{ _ = try map.lookupCookie(1) }, { _ = try map.cookies() }] as [() throws -> Void] {
        let error = #expect(throws: BPFError.self) { try call() }
        #expect(error?.code == .unsupported)
        #expect(error?.description.contains("8-byte values") == true)
      }
      if type == .sockHash {
        #expect(try map.count() == 1)
      } else {
        let error = #expect(throws: BPFError.self) { try map.count() }
        #expect(error?.code == .unsupported)
      }
      #expect(try map.delete(1))
    }
    let handle = try MapHandle.fixture(type, valueSize: 4, maxEntries: 4)
    switch type {
    case .sockMap: try exercise(SockMap(handle), .listeningSocket())
    case .sockHash: try exercise(SockHash<UInt32>(handle), .listeningSocket())
    default: try exercise(ReuseportSockArray(handle), .reuseportSocket())
    }
  }

  @Test("Refuses other objects and sockets of other kinds, and names their kind")
  func refusals() throws {
    let sockets = try SockMap(maxEntries: 1)
    let (program, xdpSocket) = (try FixtureDescriptor.program(), try FixtureDescriptor.xdpSocket())
    let file = #expect(throws: BPFError.self) { try sockets.update(0, to: program.fileDescriptor) }
    #expect(file?.code == .wrongObject)
    #expect(file?.description.contains("is a BPF program, not a socket") == true)
    let xdp = #expect(throws: BPFError.self) { try sockets.update(0, to: xdpSocket.fileDescriptor) }
    #expect(xdp?.code == .invalidArgument)
    #expect(xdp?.description.contains("only TCP sockets") == true)
    let closed = #expect(throws: BPFError.self) { try sockets.update(0, to: FileDescriptor(rawValue: -1)) }
    #expect(closed?.description.contains("descriptor -1 is not open") == true)
    #expect(try sockets.count() == 0)
  }

  @Test("bpftool sees the same cookie", .bpftool)
  func bpftool() throws {
    let sockets = try SockMap(maxEntries: 2)
    let socket = try FixtureDescriptor.listeningSocket()
    try sockets.update(1, to: socket.fileDescriptor)
    let entry = try Bpftool.run("map", "lookup", "id", "\(sockets.id)", "key", "1", "0", "0", "0")
    #expect(UInt64(bytes: entry["value"].bytes) == (try socket.socketCookie))
  }
}
