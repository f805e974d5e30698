//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import KernelFixtures
import SystemPackage
import Testing

/// Tests the step between the creation of an object's maps and the loading of its programs.
@Suite("Prepared objects", .kernel)
struct PreparedObjectTests {
  /// A program that returns a setting, and one that the verifier accepts only if the setting is 7.
  private static let source = """
    struct { int (*type)[2]; int *key; int *value; int (*max_entries)[1]; int (*map_flags)[128]; } settings
      __attribute__((section(".maps"), used));
    static void *(*const lookup)(void *, const void *) = (void *)1;
    __attribute__((section("socket"), used)) int read(void *context) {
      int key = 0, *value = lookup(&settings, &key);
      return value ? *value : -1;
    }
    __attribute__((section("socket"), used)) int check(void *context) {
      int key = 0, *value = lookup(&settings, &key);
      if (!value) { return 0; }
      return *value == 7 ? 8 : *(volatile int *)16;
    }
    char _license[] __attribute__((section("license"), used)) = "GPL";
    """
  private static let packet = [UInt8](repeating: 0, count: 64)

  @Test("The maps exist before the programs, and the programs use them")
  func fill() throws {
    var file = try ObjectFixture.object(source: Self.source)
    file.programs["check"]?.isLoaded = false
    let prepared = try file.prepare()
    #expect(prepared.maps.names == ["settings"])
    let settings = try prepared.map("settings")
    try settings.update([0, 0, 0, 0], to: UInt32(443).bytes)
    #expect(try MapHandle(id: settings.id).lookup([0, 0, 0, 0]) == UInt32(443).bytes)
    let object = try prepared.load()
    #expect(try object.map("settings").id == settings.id)
    #expect(object.programs.names == ["read"])
    #expect(try object.program("read").run(data: Self.packet).returnValue == 443)
  }

  @Test("The verifier knows the contents of a map that is frozen before it runs", .kernel(since: "5.5"))
  func frozen() throws {
    var file = try ObjectFixture.object(source: Self.source)
    file.programs["read"]?.isLoaded = false
    let prepared = try file.prepare()
    let error = #expect(throws: BPFError.self) { try file.load() }
    #expect(error?.programName == "check" && error?.code == .rejected)
    try prepared.map("settings").update([0, 0, 0, 0], to: UInt32(7).bytes)
    try prepared.map("settings").freeze()
    let object = try prepared.load()
    #expect(try object.program("check").run(data: Self.packet).returnValue == 8)
  }

  @Test(
    "Nothing is pinned before the programs are loaded, and nothing remains of an object that is not loaded")
  func pins() throws {
    try withBPFFileSystem { directory in
      var file = try ObjectFixture.object(source: Self.source)
      file.programs["check"]?.isLoaded = false
      file.maps["settings"]?.pinning = .byName
      let path = directory.appending("settings")
      let options = LoadOptions(pinDirectory: directory)
      let id: MapID
      do {
        let prepared = try file.prepare(options)
        id = try prepared.map("settings").id
        #expect(throws: BPFError.self) { try MapHandle(pinnedAt: path) }
      }
      #expect(eventually { (try? MapHandle(id: id)) == nil })
      let object = try file.prepare(options).load()
      #expect(try MapHandle(pinnedAt: path).id == object.map("settings").id)
    }
  }

  @Test("An unknown map is named with those that exist")
  func unknown() throws {
    let prepared = try ObjectFixture.object(source: Self.source).prepare()
    do {
      _ = try prepared.map("setting")
      Issue.record("There is no such map.")
    } catch {
      #expect(error.code == .notFound && error.explanation.contains("settings"))
    }
  }
}
