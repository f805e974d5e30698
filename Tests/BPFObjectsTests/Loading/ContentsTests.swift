//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import KernelFixtures
import SystemPackage
import Testing

/// Objects that cannot be loaded are rejected before anything is created. Loading nothing is an error.
@Suite("Requirements on objects for loading", .kernel)
struct ContentsTests {
  private static func refusal(_ file: ObjectFile) -> String {
    let error = #expect(throws: BPFError.self) { try file.load() }
    #expect(error?.code == .invalidArgument && error?.errno == nil, "\(String(describing: error))")
    return error?.description ?? ""
  }

  private static func section(_ name: String) -> String { "__attribute__((section(\"\(name)\"), used))" }

  // MARK: - Empty objects

  @Test("Rejects an object without contents")
  func nothing() throws {
    let file = try ObjectFixture.object(source: "int unused(void) { return 0; }")
    let text = Self.refusal(file)
    #expect(text.contains("has nothing to load: it has no programs and no maps; functions in '.text' are"))

    var asked = try ObjectFixture.object(
      source: "\(Self.section("?tc")) int one(void *c) { return 1; }")
    #expect(Self.refusal(asked).contains("and none is selected (isLoaded, isCreated): 'one'"))
    asked.programs["one"]?.isLoaded = true
    #expect(try asked.load().programs.names == ["one"])
  }

  @Test("Loads an object with maps alone, and warns that it has no programs")
  func mapsAlone() throws {
    let file = try ObjectFixture.object(
      source:
        "struct { int (*type)[2]; int (*max_entries)[1]; int *key; int *value; } m \(Self.section(".maps"));")
    let object = try file.load()
    #expect(object.maps.names == ["m"] && object.programs.isEmpty)
    #expect(object.warnings == ["the object 'source' has no programs, only maps"])

    var counter = try ObjectFixture.object("counter")
    #expect(try counter.load().warnings.isEmpty)
    counter.programs["count"]?.isLoaded = false
    #expect(
      try counter.load().warnings.first?.contains("without a program: each is optional: 'count'") == true)
  }

  // MARK: - Ring buffers

  @Test(
    "Rejects a ring buffer without a size, also in a map-in-map", .mapType(.userRingBuf),
    arguments: [27, 31])
  func ringBuffers(type: Int) throws {
    var file = try ObjectFixture.object(
      source: "struct { int (*type)[\(type)]; } events \(Self.section(".maps"));")
    #expect(Self.refusal(file).contains("map 'events': a ring buffer needs max_entries"))
    file.maps["events"]?.maxEntries = pageSize
    #expect(try file.load().map("events").maxEntries == pageSize)

    let outer = try ObjectFixture.object(
      source: """
        struct inner { int (*type)[\(type)]; };
        struct { int (*type)[12]; int (*max_entries)[2]; int *key; struct inner *values[]; } rings
          \(Self.section(".maps"));
        """)
    #expect(Self.refusal(outer).contains("map 'rings': a ring buffer needs max_entries"))
  }

  // MARK: - Pins

  @Test("Keeps another loader's value of 'pinning', which can be changed before loading")
  func pinning() throws {
    var file = try ObjectFixture.object(
      source: """
        struct { int (*type)[2]; int (*max_entries)[1]; int *key; int *value; int (*pinning)[2]; } shared
          \(Self.section(".maps"));
        \(Self.section("tc")) int use(void *c) { return 0; }
        """)
    let pinning = try #require(file.maps["shared"]?.pinning)
    #expect(pinning.rawValue == 2 && "\(pinning)" == "2" && pinning != .none && pinning != .byName)
    #expect(Self.refusal(file).contains("map 'shared': its 'pinning' is 2"))
    file.maps["shared"]?.pinning = .byName
    try withBPFFileSystem { files in
      let object = try file.load(LoadOptions(pinDirectory: files))
      #expect(try MapHandle(pinnedAt: files.appending("shared")).id == object.map("shared").id)
    }
  }

  // MARK: - Program arrays

  @Test("Rejects a program array with a program that is not loaded, unless the slot is emptied")
  func programArrays() throws {
    var file = try ObjectFixture.object("tail_calls")
    file.programs["odd"]?.isLoaded = false
    #expect(
      Self.refusal(file).contains("map 'steps': its slot 2 holds the program 'odd', which is not loaded"))
    file.maps["steps"]?.initialValues[2] = nil
    let object = try file.load()
    #expect(try object.map("steps").lookup([2, 0, 0, 0]) == nil)
    #expect(try object.map("steps").lookup([0, 0, 0, 0]) != nil)
  }

  // MARK: - Addresses

  @Test(
    "Rejects a program that uses a table of addresses, and loads others",
    arguments: [
      ("static const char *const names[] = {\"one\", \"two\"};", ".rodata"),
      ("const char *names[] = {\"one\", \"two\"};", ".data"),
    ])
  func addresses(table: String, map: String) throws {
    var file = try ObjectFixture.object(
      source: """
        int before = 1;
        const volatile int limit = 5;
        \(table)
        \(Self.section("tc")) int good(void *c) { return before + limit; }
        \(Self.section("tc")) int bad(unsigned *c) { return names[*c & 1][0]; }
        """)
    let error = #expect(throws: BPFError.self) { try file.load() }
    #expect(error?.code == .unsupported && error?.programName == "bad")
    let text = error?.explanation ?? ""
    #expect(text.contains("'names'") && text.contains("in '\(map)'"), "\(text)")
    file.programs["bad"]?.isLoaded = false
    #expect(try file.load().program("good").run(data: LoadingTests.packet).returnValue == 6)
  }
}
