//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import KernelFixtures
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

@Suite("Write-only arrays", .kernel)
struct WriteOnlyArrayTests {
  /// Adds and deletes an object, and checks that it is gone.
  private func exercise(_ map: some WriteOnlyArray, _ object: FixtureDescriptor, deletesReport: Bool = true)
    throws
  {
    try map.update(0, to: object.fileDescriptor)
    try map.update(UInt32(0), to: object.fileDescriptor)
    #expect(try map.delete(0))
    #expect(try map.delete(UInt32(0)) == !deletesReport)
    try map.update(0, to: object.fileDescriptor)
    #expect(try map.deleteAll() == (deletesReport ? 1 : map.maxEntries))
    for index in [map.maxEntries, -1, Int(UInt32.max) + 1, Int.max, Int.min] {
      let error = #expect(throws: BPFError.self) { try map.update(index, to: object.fileDescriptor) }
      #expect(error?.code == .outOfBounds)
      #expect(try !map.delete(index))
    }
    let closed = #expect(throws: BPFError.self) { try map.update(0, to: FileDescriptor(rawValue: -1)) }
    #expect(closed?.code == .invalidArgument)
    #expect(closed?.description.contains("descriptor -1 is not open") == true)
  }

  private func wrongObject(
    _ map: some WriteOnlyArray, _ object: FixtureDescriptor, says explanation: String
  ) {
    let error = #expect(throws: BPFError.self) { try map.update(0, to: object.fileDescriptor) }
    #expect(error?.code == .wrongObject)
    #expect(error?.description.contains(explanation) == true)
  }

  @Test("Holds perf events, one for each CPU")
  func perfEvents() throws {
    let events = try PerfEventArray(name: UniqueName.next())
    #expect(events.maxEntries == (try PossibleCPUs.current().ids.last ?? 0) + 1)
    #expect(try PerfEventArray(maxEntries: 7).maxEntries == 7)
    try exercise(events, FixtureDescriptor.perfEvent())
    try wrongObject(events, .program(), says: "is a BPF program, not a perf event")
  }

  @Test("Holds cgroups")
  func cgroups() throws {
    let groups = try CgroupArray(name: UniqueName.next(), maxEntries: 2)
    let group = try TemporaryCgroup()
    try exercise(groups, group.descriptor)
    try wrongObject(groups, .listeningSocket(), says: "is a socket, not a directory of a version 2")
    try wrongObject(groups, .temporaryFile(), says: "is not a directory of a version 2")
  }

  @Test("Holds AF_XDP sockets")
  func xdpSockets() throws {
    let sockets = try XSKMap(name: UniqueName.next(), maxEntries: 2)
    try exercise(sockets, FixtureDescriptor.xdpSocket(), deletesReport: false)
    try wrongObject(sockets, .temporaryFile(), says: "not an AF_XDP socket")
    let socket = try FixtureDescriptor.listeningSocket()
    let other = #expect(throws: BPFError.self) { try sockets.update(0, to: socket.fileDescriptor) }
    #expect(other?.code == .invalidArgument)
    #expect(other?.description.contains("AF_XDP") == true)
  }

  @Test("An AF_XDP socket without a receive ring is accepted, or the error names the ring")
  func deafSocket() throws {
    let (family, sockets) = (CInt(44), try XSKMap(maxEntries: 1))
    let socket = FixtureDescriptor(adopting: socket(family, CInt(SOCK_RAW.rawValue), 0))
    do throws(BPFError) {
      try sockets.update(0, to: socket.fileDescriptor)
    } catch {
      #expect(error.code == .invalidArgument && error.explanation.contains("XDP_RX_RING"), "\(error)")
    }
  }
}
