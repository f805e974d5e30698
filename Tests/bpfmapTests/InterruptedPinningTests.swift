//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import Foundation
import KernelFixtures
import SystemPackage
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Interrupts or fails each system call of `bpfmap object load`, starting with the first program that it loads.
@Suite("Interrupted pinning of an object", .kernel, .notSanitized(.makesSystemCalls))
struct InterruptedPinningTests {
  /// Returns the source of an object with a shared map, a private map, a variable and two programs.
  private static func source(entries: Int) -> String {
    """
    struct { int (*type)[1]; int (*max_entries)[\(entries)]; int (*pinning)[1]; unsigned *key; unsigned long long *value; }
      shared __attribute__((section(".maps"), used));
    struct { int (*type)[2]; int (*max_entries)[4]; unsigned *key; unsigned long long *value; } own
      __attribute__((section(".maps"), used));
    unsigned limit = 7;
    static void *(*lookup)(void *map, const void *key) = (void *)1;
    __attribute__((section("tc"), used)) int count(void *context) {
      unsigned key = limit;
      return lookup(&shared, &key) != 0;
    }
    __attribute__((section("tc"), used)) int other(void *context) {
      unsigned key = 0;
      return lookup(&own, &key) != 0;
    }
    char _license[] __attribute__((section("license"), used)) = "GPL";
    """
  }

  /// Two versions of the object, with different sizes of the shared map, and a directory for the pins.
  private final class Fixture {
    let versions: [FilePath]
    let directory: FilePath
    static let names = ["shared", "own", "_data", "count", "other"]

    init(_ scratch: FilePath, _ files: FilePath) throws {
      versions = [64, 128].map { scratch.appending("version\($0).bpf.o") }
      for (path, entries) in zip(versions, [64, 128]) {
        try Toolchain.compile(InterruptedPinningTests.source(entries: entries), to: path)
      }
      directory = files.appending("object")
    }

    /// Returns the ids of the pinned maps and programs, by name.
    func pins() -> [String: UInt32] {
      var ids: [String: UInt32] = [:]
      for name in entries() {
        let path = directory.appending(name)
        if let map = try? MapHandle(pinnedAt: path) { ids[name] = map.id.rawValue }
        if let program = try? Program(pinnedAt: path) { ids[name] = program.id.rawValue }
      }
      return ids
    }

    var exists: Bool { access(directory.string, F_OK) == 0 }

    func entries() -> [String] {
      guard let stream = opendir(directory.string) else { return [] }
      defer { closedir(stream) }
      var names: [String] = []
      while let entry = readdir(stream) {
        names.append(
          withUnsafeBytes(of: &entry.pointee.d_name) {
            String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
          })
      }
      return names.filter { $0 != "." && $0 != ".." }
    }

    func removeAll() {
      for name in entries() { unlink(directory.appending(name).string) }
      rmdir(directory.string)
    }

    func load(
      _ version: Int, existing: String, _ interference: TracedCommand.Interference, at call: Int
    ) throws -> TracedCommand {
      try TracedCommand.run(
        Tool.path,
        ["object", "load", versions[version].string, "--pin", directory.string, "--existing", existing],
        interference, at: call)
    }
  }

  private static func withFixture(_ body: (Fixture) throws -> Void) throws {
    try withTemporaryDirectory { scratch in
      try withBPFFileSystem { files in try body(Fixture(scratch, files)) }
    }
  }

  private static let signals = [SIGTERM, SIGINT, SIGHUP]

  @Test("A signal at any system call of the first load leaves all pins or none")
  func firstLoad() throws {
    try Self.withFixture { fixture in
      var (call, outcomes) = (1, Set<Bool>())
      while true {
        let run = try fixture.load(0, existing: "reuse", .signal(Self.signals[call % 3]), at: call)
        let pins = fixture.pins()
        #expect(pins.isEmpty || Set(pins.keys) == Set(Fixture.names), "at call \(call): \(fixture.entries())")
        #expect(fixture.exists == !pins.isEmpty && fixture.entries().count == pins.count, "at call \(call)")
        fixture.removeAll()
        if run.systemCalls < call { break }
        // A signal at the last call, exit_group(2), arrives too late.
        #expect(run.status < 0 || call == run.systemCalls, "at call \(call)")
        outcomes.insert(pins.isEmpty)
        call += 1
      }
      #expect(outcomes == [true, false])
    }
  }

  @Test("A signal at any system call of an upgrade leaves all old pins or all new ones")
  func upgrade() throws {
    try Self.withFixture { fixture in
      #expect(try fixture.load(0, existing: "reuse", .signal(SIGTERM), at: 0).status == 0)
      let key: [UInt8] = [9, 0, 0, 0]
      try MapHandle(pinnedAt: fixture.directory.appending("shared")).update(
        key, to: [1, 2, 3, 4, 5, 6, 7, 8])
      var (call, version, changes) = (1, 1, 0)
      while true {
        let before = fixture.pins()
        let run = try fixture.load(version, existing: "migrate", .signal(Self.signals[call % 3]), at: call)
        let after = fixture.pins()
        let isUnchanged = after == before
        let isUpgraded =
          Set(after.keys) == Set(Fixture.names) && after.allSatisfy { before[$0.key] != $0.value }
        #expect(isUnchanged || isUpgraded, "at call \(call): \(before) became \(after)")
        let shared = try MapHandle(pinnedAt: fixture.directory.appending("shared"))
        #expect(try shared.lookup(key) == [1, 2, 3, 4, 5, 6, 7, 8])
        if isUpgraded { (version, changes) = (1 - version, changes + 1) }
        if run.systemCalls < call { break }
        call += 1
      }
      #expect(changes > 1 && call - 1 > changes)
    }
  }

  @Test(
    "A failure of any system call of an upgrade leaves all old pins or all new ones",
    arguments: [Errno.noMemory, .invalidArgument])
  func failures(errno: Errno) throws {
    try Self.withFixture { fixture in
      #expect(try fixture.load(0, existing: "reuse", .signal(SIGTERM), at: 0).status == 0)
      var (call, version, failures) = (1, 1, 0)
      while true {
        let before = fixture.pins()
        let run = try fixture.load(version, existing: "migrate", .failure(errno), at: call)
        var after = fixture.pins()
        // The last calls remove the replaced pins. If one fails, that pin keeps its temporary name.
        let leftovers = after.keys.filter { $0.hasPrefix("swift_bpf_pending_") }
        for name in leftovers {
          after[name] = nil
          unlink(fixture.directory.appending(name).string)
        }
        let isUpgraded =
          Set(after.keys) == Set(Fixture.names) && after.allSatisfy { before[$0.key] != $0.value }
        #expect(
          after == before ? leftovers.isEmpty : isUpgraded, "at call \(call): \(before) became \(after)")
        if isUpgraded { version = 1 - version } else { failures += 1 }
        if run.systemCalls < call { break }
        call += 1
      }
      #expect(failures > 1)
    }
  }

  @Test("The load after a SIGKILL removes leftover pins")
  func killed() throws {
    try Self.withFixture { fixture in
      var (call, leftovers) = (1, 0)
      while true {
        let run = try fixture.load(call % 2, existing: "replace", .signal(SIGKILL), at: call)
        let before = fixture.pins()
        leftovers += before.keys.count { $0.hasPrefix("swift_bpf_pending_") }
        let next = try fixture.load(call % 2, existing: "replace", .signal(SIGTERM), at: 0)
        let after = fixture.pins()
        #expect(next.status == 0 && Fixture.names.allSatisfy { after[$0] != nil && after[$0] != before[$0] })
        #expect(Set(after.keys) == Set(Fixture.names), "at call \(call)")
        if call % 7 == 0 { fixture.removeAll() }
        if run.systemCalls < call { break }
        call += 1
      }
      #expect(leftovers > 0)
    }
  }

  @Test("Removes no leftover pins while another load uses the directory")
  func concurrent() throws {
    try Self.withFixture { fixture in
      #expect(try fixture.load(0, existing: "reuse", .signal(SIGTERM), at: 0).status == 0)
      let stale = fixture.directory.appending("swift_bpf_pending_map_4294967295")
      let others = [
        "pending_map_1", "swift_bpf_pending_map", "swift_bpf_pending_btf_1", "swift_bpf_pending_map_1_x",
      ]
      let map = try MapHandle(pinnedAt: fixture.directory.appending("own"))
      for name in others { try map.pin(at: fixture.directory.appending(name)) }
      try map.pin(at: stale)
      let directory = try FileDescriptor.open(fixture.directory, .readOnly, options: .closeOnExec)
      try directory.closeAfter {
        try #require(flock(directory.rawValue, LOCK_SH) == 0)
        #expect(try fixture.load(1, existing: "replace", .signal(SIGTERM), at: 0).status == 0)
        #expect(access(stale.string, F_OK) == 0)
        // A child process that another test starts holds a copy of the descriptor for a moment, and with it the lock.
        try #require(flock(directory.rawValue, LOCK_UN) == 0)
      }
      #expect(try fixture.load(0, existing: "replace", .signal(SIGTERM), at: 0).status == 0)
      #expect(Set(fixture.entries()) == Set(Fixture.names + others))
    }
  }
}

/// Interrupts each system call of the commands that pin or unpin a map.
@Suite("Interrupted pinning of a map", .kernel, .notSanitized(.makesSystemCalls))
struct InterruptedMapCommandTests {
  enum PinCommand: String, CaseIterable, Sendable {
    case create, pin, unpin
  }

  @Test("A signal at any system call leaves the pin or none", arguments: PinCommand.allCases)
  func signals(command: PinCommand) throws {
    try withBPFFileSystem { root in
      // The root directory may contain files of the kernel.
      let files = root.appending("files")
      try #require(mkdir(files.string, 0o700) == 0)
      let path = files.appending("map")
      let map = try MapHandle(type: .array, name: "interrupted", keySize: 4, valueSize: 4, maxEntries: 1)
      let arguments =
        switch command {
        case .create:
          [
            "create", "--type", "array", "--key-size", "4", "--value-size", "4", "--max-entries", "1",
            "--pin", path.string,
          ]
        case .pin: ["pin", "id", "\(map.id)", path.string]
        case .unpin: ["unpin", "pinned", path.string]
        }
      var (call, outcomes) = (1, Set<Bool>())
      while true {
        if command == .unpin { try map.pin(at: path) }
        let signal = [SIGTERM, SIGINT, SIGHUP][call % 3]
        let run = try TracedCommand.run(
          Tool.path, arguments, .signal(signal), at: call, from: .firstBPFCall)
        let isPinned = access(path.string, F_OK) == 0
        if isPinned {
          let pinned = try MapHandle(pinnedAt: path)
          #expect(command == .create ? pinned.type == .array : pinned.id == map.id, "at call \(call)")
          unlink(path.string)
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: files.string).isEmpty, "at call \(call)")
        if run.systemCalls < call {
          #expect(run.status == 0 && isPinned == (command != .unpin))
          break
        }
        // A signal at the last call, exit_group(2), arrives too late.
        #expect(run.status < 0 || call == run.systemCalls, "at call \(call)")
        outcomes.insert(isPinned)
        call += 1
      }
      #expect(outcomes == [true, false])
    }
  }
}
