//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import KernelFixtures
import Testing

/// Tests maps that only one program may use.
@Suite("Exclusive maps", .kernel)
struct ExclusiveMapTests {
  /// Two programs and a map each, a map of both, variables and a call.
  private static let source = """
    struct { int (*type)[1]; int *key; long *value; int (*max_entries)[8]; } own __attribute__((section(".maps"), used)),
      other __attribute__((section(".maps"), used));
    static void *(*const lookup)(void *, const void *) = (void *)1;
    static long (*const set)(void *, const void *, const void *, unsigned long) = (void *)2;
    int limit = 5;
    static __attribute__((noinline)) int add(void *map) {
      int key = limit;
      long one = 1, *value = lookup(map, &key);
      if (value) { __sync_fetch_and_add(value, 1); return 1; }
      return set(map, &key, &one, 0);
    }
    __attribute__((section("socket"), used)) int first(void *context) { return add(&own); }
    __attribute__((section("socket"), used)) int second(void *context) { return add(&other) + 2; }
    char _license[] __attribute__((section("license"), used)) = "GPL";
    """
  private static let packet = [UInt8](repeating: 0, count: 64)

  private static func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  @Test("The program of an exclusive map uses it", .kernel(since: "6.18"))
  func own() throws {
    var file = try ObjectFixture.object(source: Self.source)
    file.maps["own"]?.exclusiveProgram = "first"
    let object = try file.load()
    #expect(try object.program("first").run(data: Self.packet).returnValue == 0)
    #expect(try object.program("first").run(data: Self.packet).returnValue == 1)
    let map = try HashMap<Int32, Int64>(object.map("own"))
    #expect(try map.lookup(5) == 2)
    #expect(try object.program("second").run(data: Self.packet).returnValue == 2)
  }

  @Test("The verifier rejects other programs", .kernel(since: "6.18"))
  func stranger() throws {
    var file = try ObjectFixture.object(source: Self.source)
    file.maps["own"]?.exclusiveProgram = "second"
    let error = #expect(throws: BPFError.self) { try file.load() }
    #expect(
      error?.programName == "first" && error?.errno == .permissionDenied, "\(String(describing: error))")
    #expect(error?.explanation.contains("excl_prog_hash") == true, "\(error?.explanation ?? "")")
  }

  @Test("The kernel computes the same hash, and a map made in Swift takes it", .kernel(since: "6.18"))
  func hash() throws {
    var file = try ObjectFixture.object(source: Self.source)
    let hash = try file.hash(ofProgram: "first")
    #expect(hash.count == 32)
    // The tag begins like the hash.
    let tag = try file.load().program("first").tag.description
    #expect(tag == Self.hexadecimal(hash.prefix(8)))

    let options = MapOptions(exclusiveProgramHash: hash)
    let map = try MapHandle(
      type: .hash, name: "own", keySize: 4, valueSize: 8, maxEntries: 8, options: options)
    try file.use(existing: map, for: "own")
    #expect(try file.load().program("first").run(data: Self.packet).returnValue == 0)
    #expect(try map.count() == 1)
    // Another constant, another hash.
    #expect(try file.hash(ofProgram: "second") != hash)
  }

  @Test("A program that is missing or not loaded is named")
  func missing() throws {
    var file = try ObjectFixture.object(source: Self.source)
    let unknown = #expect(throws: BPFError.self) { try file.hash(ofProgram: "third") }
    #expect(unknown?.code == .notFound && unknown?.explanation.contains("first") == true)
    file.maps["own"]?.exclusiveProgram = "first"
    file.programs["first"]?.isLoaded = false
    let error = #expect(throws: BPFError.self) { try file.load() }
    #expect(error?.mapName == "own")
    #expect(error?.explanation == "it is exclusive to the program 'first', which is not loaded")
  }

  @Test("Older kernels have no exclusive maps", .kernel(before: "6.18"))
  func older() throws {
    var file = try ObjectFixture.object(source: Self.source)
    file.maps["own"]?.exclusiveProgram = "first"
    let error = #expect(throws: BPFError.self) { try file.load() }
    #expect(error?.code == .unsupported && error?.mapName == "own")
    #expect(error?.explanation.contains("an exclusive program's hash") == true)
  }
}
