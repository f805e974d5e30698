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

@Suite("Kernel interfaces", .serialized, .bpftool, .kernel(since: "6.4"))
struct StructOpsTests {
  let object: Object
  /// The two sockets of a connection.
  let ends: [FixtureDescriptor]

  init() throws {
    object = try FixtureObjects(beside: #filePath).object("congestion").load()
    var sockets: (Int32, Int32) = (-1, -1)
    #expect(kf_connected_sockets(&sockets.0, &sockets.1) == 0)
    ends = [sockets.0, sockets.1].map { FixtureDescriptor(adopting: $0) }
  }

  /// `TCP_CONGESTION`.
  private static let congestion: Int32 = 13

  /// Returns whether a socket of the connection accepts a congestion control.
  private func accepts(_ end: Int, _ name: String) -> Bool {
    setsockopt(
      ends[end].number, Int32(IPPROTO_TCP), StructOpsTests.congestion, name, socklen_t(name.utf8.count)) == 0
  }

  @Test("Connections can use a congestion control while its link exists")
  func congestion() throws {
    #expect(!accepts(0, "bpf_links"))
    let link = try object.attachStructOps("fixture_tcp")
    #expect(link.type == .structOps)
    let map = try object.map("fixture_tcp")
    let target = try #require(link.info().target.map)
    #expect(target.id == map.id && target.attachType == .structOps)
    let theirs = try Bpftool.text("struct_ops", "show")
    #expect(theirs.contains("fixture_tcp"))
    let shown = try Bpftool.run("link", "show", "id", "\(try #require(link.id))")
    #expect(shown["type"].string == "struct_ops")
    #expect(accepts(0, "bpf_links"))
    #expect(try object.variable("connections", as: UInt64.self) == 1)
    let again = #expect(throws: BPFError.self) { try map.attachStructOps() }
    #expect(again?.code == .alreadyExists)
    try link.detach()
    #expect(!accepts(1, "bpf_links"))
    // Detaching leaves the map unchanged, so it can be attached again, by its own call.
    var second: Link? = try map.attachStructOps()
    _ = second
    #expect(accepts(1, "bpf_links"))
    second = nil
    #expect(eventually { !accepts(0, "bpf_links") })
  }

  @Test("Updating a link replaces the implementation; a wrong expected map throws changed")
  func updating() throws {
    let link = try object.attachStructOps("fixture_tcp")
    let other = try FixtureObjects(beside: #filePath).object("congestion").load()
    let (old, new) = (try object.map("fixture_tcp"), try other.map("fixture_tcp"))
    try link.update(to: new, replacing: old)
    #expect(accepts(0, "bpf_links"))
    #expect(try object.variable("connections", as: UInt64.self) == 0)
    #expect(try other.variable("connections", as: UInt64.self) == 1)
    #expect(try link.info().target.map?.id == new.id)
    let stale = #expect(throws: BPFError.self) { try link.update(to: new, replacing: old) }
    #expect(stale?.code == .changed, "\(stale as Any)")
    let plain = #expect(throws: BPFError.self) { try link.update(to: other.map("fixture_plain")) }
    #expect(plain?.code == .invalidArgument, "\(plain as Any)")
    let array = try MapHandle(type: .array, keySize: 4, valueSize: 4, maxEntries: 1)
    let wrong = #expect(throws: BPFError.self) { try link.update(to: array) }
    #expect(wrong?.code == .wrongObject)
    try link.detach()
    #expect(!accepts(1, "bpf_links"))
  }

  @Test("A structure without a link is registered and unregistered through its map")
  func withoutLink() throws {
    let map = try object.map("fixture_plain")
    #expect(!accepts(0, "bpf_plain"))
    let link = try object.attachStructOps("fixture_plain")
    #expect(link.id == nil && link.type == nil && link.programID == nil)
    #expect(link.description == "attachment to kernel interface 'fixture_plain'")
    #expect(try Bpftool.text("struct_ops", "dump", "id", "\(map.id)").contains("STATE_INUSE"))
    #expect(accepts(0, "bpf_plain"))
    #expect(try object.variable("connections", as: UInt64.self) == 1)
    try link.detach()
    // The existing connection keeps it; new users cannot get it.
    #expect(!accepts(1, "bpf_plain"))
    var name = [UInt8](repeating: 0, count: 16)
    var size = socklen_t(name.count)
    #expect(
      getsockopt(ends[0].number, Int32(IPPROTO_TCP), StructOpsTests.congestion, &name, &size) == 0)
    #expect(String(decoding: name.prefix { $0 != 0 }, as: UTF8.self) == "bpf_plain")
    try link.detach()
    let again = #expect(throws: BPFError.self) { try object.attachStructOps("fixture_plain") }
    #expect(again?.code == .alreadyExists && again?.errno == .resourceBusy)
    #expect(again?.explanation.contains("load the object again") == true)
  }

  @Test("An interface without a link is unregistered on release or by emptying its map, unless left attached")
  func endings() throws {
    var held: Link? = try object.attachStructOps("fixture_plain")
    _ = held
    #expect(accepts(0, "bpf_plain"))
    held = nil
    #expect(!accepts(1, "bpf_plain"))

    let left = try FixtureObjects(beside: #filePath).object("congestion").load()
    held = try left.attachStructOps("fixture_plain")
    try held?.leaveAttached()
    held = nil
    #expect(accepts(1, "bpf_plain"))
    let taken = #expect(throws: BPFError.self) {
      try FixtureObjects(beside: #filePath).object("congestion").load().attachStructOps("fixture_plain")
    }
    #expect(taken?.code == .alreadyExists && taken?.errno == .fileExists)
    #expect(try left.map("fixture_plain").delete([0, 0, 0, 0]))
    #expect(!accepts(0, "bpf_plain"))

    let emptied = try FixtureObjects(beside: #filePath).object("congestion").load()
    let link = try emptied.attachStructOps("fixture_plain")
    _ = try Bpftool.text("struct_ops", "unregister", "id", "\(try emptied.map("fixture_plain").id)")
    #expect(!accepts(0, "bpf_plain"))
    try link.detach()
  }

  @Test("Attaches all interfaces of an object, with and without links")
  func whole() throws {
    let links = try object.attach()
    #expect(Set(links.keys) == ["fixture_tcp", "fixture_plain"])
    #expect(accepts(0, "bpf_plain") && accepts(1, "bpf_links"))
    for link in links.values { try link.detach() }
    #expect(!accepts(1, "bpf_plain") && !accepts(0, "bpf_links"))
  }

  @Test("Rejects maps that are not interfaces or cannot have links, and names them")
  func refusals() throws {
    let plain = try object.map("fixture_plain")
    let unlinked = #expect(throws: BPFError.self) { try plain.attachStructOps() }
    #expect(unlinked?.code == .wrongObject && unlinked?.mapName == "fixture_plain")
    #expect(unlinked?.explanation.contains("attachStructOps(_:) of its object") == true)
    let missing = #expect(throws: BPFError.self) { try object.attachStructOps("nix") }
    #expect(missing?.code == .notFound)
    let array = try MapHandle(type: .array, keySize: 4, valueSize: 4, maxEntries: 1)
    let wrong = #expect(throws: BPFError.self) { try array.attachStructOps() }
    #expect(wrong?.code == .wrongObject)
  }
}
