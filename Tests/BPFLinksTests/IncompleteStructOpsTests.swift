//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import KernelFixtures
import Testing

@Suite("Incomplete and optional kernel interfaces", .serialized, .kernel, .kernel(since: "6.4"))
struct IncompleteStructOpsTests {
  private static func file() throws -> ObjectFile {
    try FixtureObjects(beside: #filePath).object("incomplete")
  }

  @Test("Loads a map's optional programs only if the map is created")
  func programs() throws {
    var file = try Self.file()
    #expect(file.programs["threshold"]?.isLoaded == false && file.programs["later_only"]?.isLoaded == true)
    let object = try file.load()
    #expect(object.programs.names == ["threshold", "undo", "avoid"])
    #expect(object.maps.names == ["complete", "lacking", "nameless"])

    file.maps["later"]?.isCreated = true
    #expect(try file.load().programs.names == ["threshold", "undo", "avoid", "later_only"])
    for name in ["complete", "nameless", "later"] { file.maps[name]?.isCreated = false }
    #expect(try file.load().programs.names == ["threshold"])
    file.maps["lacking"]?.operations?.programs = [:]
    #expect(try file.load().programs.isEmpty)
  }

  @Test(
    "Attaching an incomplete structure fails and names the missing members; other structures attach")
  func incomplete() throws {
    let object = try Self.file().load()
    try object.attachStructOps("complete").detach()

    let lacking = #expect(throws: BPFError.self) { try object.attachStructOps("lacking") }
    #expect(lacking?.code == .invalidArgument && lacking?.mapName == "lacking")
    #expect(
      lacking?.explanation
        == "the structure is incomplete: 'struct tcp_congestion_ops' has no program for 'undo_cwnd', "
        + "no program for 'cong_avoid' or 'cong_control'")

    let nameless = #expect(throws: BPFError.self) { try object.attachStructOps("nameless") }
    #expect(nameless?.code == .invalidArgument)
    #expect(
      nameless?.explanation == "the structure is incomplete: 'struct tcp_congestion_ops' has an empty 'name'")
    // The failed attempts have no effect on the complete structure.
    try object.attachStructOps("complete").detach()
  }

  @Test("Attaching a structure with one program for two members fails and names the program")
  func reuse() throws {
    var file = try Self.file()
    file.maps["complete"]?.operations?.programs["undo_cwnd"] = "threshold"
    let object = try file.load()
    let error = #expect(throws: BPFError.self) { try object.attachStructOps("complete") }
    #expect(
      error?.explanation
        == "program 'threshold' is used for tcp_congestion_ops.ssthresh and tcp_congestion_ops.undo_cwnd: "
        + "a program implements one member", "\(error as Any)")
  }

  @Test("A pinned complete structure can be opened and attached; an unfilled map throws invalidArgument")
  func pinned() throws {
    try withBPFFileSystem { files in
      let object = try Self.file().load(LoadOptions(pinDirectory: files, pinsEverything: true))
      _ = object
      try MapHandle(pinnedAt: files.appending("complete")).attachStructOps().detach()
      let unfilled = #expect(throws: BPFError.self) {
        try MapHandle(pinnedAt: files.appending("lacking")).attachStructOps()
      }
      #expect(unfilled?.code == .invalidArgument)
      #expect(unfilled?.explanation.contains("holds no structure") == true, "\(unfilled as Any)")
    }
  }

  @Test("A second load reuses a pinned map and its programs")
  func shared() throws {
    var file = try Self.file()
    file.maps["complete"]?.pinning = .byName
    try withBPFFileSystem { files in
      let options = LoadOptions(pinDirectory: files)
      let first = try file.load(options)
      let second = try file.load(options)
      #expect(try second.map("complete").id == first.map("complete").id)
      try second.attachStructOps("complete").detach()
    }
  }
}
