//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import SystemPackage
import Testing

@testable import BPFSyscall

@Suite("Error descriptions")
struct BPFErrorTests {
  @Test("A full description has operation, map, errno and explanation")
  func full() {
    let error = BPFError(
      .update, .mapFull, errno: .argListTooLong, mapName: "hits", mapID: 12,
      "the map is full (max_entries 1024)")
    #expect(
      error.description
        == "update of map 'hits' (id 12): argument list too long (E2BIG): the map is full (max_entries 1024)")
  }

  @Test("A description omits a missing errno, name or explanation")
  func partial() {
    #expect(
      BPFError(.map, .wrongSize, mapName: "", mapID: 7, "too short").description
        == "mapping of map id 7: too short")
    #expect(BPFError(.attach, .invalidName, mapName: "", "no").description == "attachment of a map: no")
    #expect(
      BPFError(.list, .system, errno: .interrupted).description == "listing: interrupted system call (EINTR)")
  }

  @Test("A description includes the path and the number of processed elements")
  func pathsAndCounts() {
    #expect(
      BPFError(.open, .notFound, errno: .noSuchFileOrDirectory, path: "/sys/fs/bpf/x").description
        == "open of '/sys/fs/bpf/x': no such file or directory (ENOENT)")
    #expect(
      BPFError(.update, .notFound, mapID: 3, processed: 1, "gone").description
        == "update of map id 3: after 1 element: gone")
  }

  @Test("Errno 524 is named ENOTSUPP")
  func notSupported() {
    #expect(Errno.notSupportedByKernel.rawValue == 524)
    #expect(Errno.notSupportedByKernel.explained == "operation not supported (ENOTSUPP)")
    #expect(Errno(rawValue: 4000).symbol == "errno 4000")
  }

  @Test("Every errno of the kernel has its name")
  func names() {
    // Checking the last one shows that none before it is missing.
    let names: [Errno: String] = [
      .notPermitted: "EPERM", .deadlock: "EDEADLK", .messageTooLong: "EMSGSIZE", .noBufferSpace: "ENOBUFS",
      .notSupported: "EOPNOTSUPP", .networkDown: "ENETDOWN", Errno(rawValue: 133): "EHWPOISON",
      Errno(rawValue: 0): "errno 0", Errno(rawValue: 41): "errno 41", Errno(rawValue: -1): "errno -1",
    ]
    for (errno, name) in names { #expect(errno.symbol == name) }
  }
}

@Suite("Errors as values")
struct BPFErrorValueTests {
  @Test("An error takes one word, also as an optional")
  func size() {
    #expect(MemoryLayout<BPFError>.size == MemoryLayout<UnsafeRawPointer>.size)
    #expect(MemoryLayout<BPFError?>.size == MemoryLayout<UnsafeRawPointer>.size)
  }

  @Test("A change of a copy leaves the original as it is")
  func copies() {
    let error = BPFError(.open, .notFound, errno: .noSuchFileOrDirectory, mapName: "hits", "no")
    var copy = error
    copy.mapName = "other"
    copy.log = "log"
    #expect(error.mapName == "hits" && error.log == nil)
    #expect(copy.mapName == "other" && copy.log == "log" && copy.errno == .noSuchFileOrDirectory)
  }

  /// Changes of one property each.
  static let changes: [@Sendable (inout BPFError) -> Void] = [
    { $0.operation = .list }, { $0.code = .busy }, { $0.errno = .resourceBusy }, { $0.mapName = "a" },
    { $0.mapID = 1 }, { $0.programName = "a" }, { $0.programID = 1 }, { $0.linkID = 1 }, { $0.path = "/a" },
    { $0.processed = 1 }, { $0.explanation = "a" }, { $0.log = "a" },
  ]

  @Test("Errors are equal if all properties are, and hash alike")
  func equality() {
    let error = BPFError(.open, .notFound, "no")
    #expect(error == BPFError(.open, .notFound, "no"))
    #expect(error.hashValue == BPFError(.open, .notFound, "no").hashValue)
    var all: Set = [error]
    for change in Self.changes {
      var changed = error
      change(&changed)
      #expect(changed != error)
      all.insert(changed)
    }
    #expect(all.count == Self.changes.count + 1)
  }

  @Test("Operations are equal if their identifiers are; the phrase is for people")
  func operations() {
    let pin = BPFError.Operation(rawValue: "pin")
    #expect(pin == .pin && Set([pin, .pin]).count == 1)
    #expect(pin.description == "pin" && BPFError.Operation.pin.description == "pinning")
    #expect(BPFError.Operation("audit", phrase: "audit of a map").rawValue == "audit")
  }
}
