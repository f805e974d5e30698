//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import CKernelFixtures
import KernelFixtures
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

@Suite("Kernel interfaces", .bpftool)
struct StructOpsTests {
  @Test("A congestion control is there while its link lives, and connections use it")
  func congestion() throws {
    let object = try FixtureObjects(beside: #filePath).object("congestion").load()
    let socket = FixtureDescriptor(adopting: kf_listening_socket())
    let name = "bpf_links"
    func choose() -> Int32 {
      setsockopt(socket.number, Int32(IPPROTO_TCP), 13, name, socklen_t(name.utf8.count))  // TCP_CONGESTION
    }
    #expect(choose() != 0)
    let links = try object.attach()
    let link = try #require(links["fixture_tcp"])
    #expect(links.count == 1 && link.type == .structOps)
    let map = try #require(object.maps["fixture_tcp"])
    #expect(try link.info().target == .structOps(mapID: map.id))
    let theirs = try Bpftool.text("struct_ops", "show")
    #expect(theirs.contains("fixture_tcp"))
    #expect(choose() == 0)
    #expect(try object.variable("connections", as: UInt64.self) == 1)
    let again = #expect(throws: BPFError.self) { try map.attachStructOps() }
    #expect(again?.code == .alreadyExists)
    try link.detach()
    let other = FixtureDescriptor(adopting: kf_listening_socket())
    #expect(setsockopt(other.number, Int32(IPPROTO_TCP), 13, name, socklen_t(name.utf8.count)) != 0)
    let array = try MapHandle(type: .array, keySize: 4, valueSize: 4, maxEntries: 1)
    let wrong = #expect(throws: BPFError.self) { try array.attachStructOps() }
    #expect(wrong?.code == .wrongObject)
  }
}
