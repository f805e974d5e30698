//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import KernelFixtures
import Testing

/// Tests that an error for a missing privilege names it. Each test drops capabilities on its own thread.
@Suite("Missing privileges", .kernel)
struct PrivilegeTests {
  /// Returns the error that `operation` throws on a thread that has only the capabilities `kept`.
  static func refusal(
    keeping kept: [TestCapability] = [], _ operation: @escaping @Sendable () throws -> Void
  ) async throws -> BPFError? {
    try await Worker.run {
      try TestCapability.limitThread(to: kept)
      do {
        try operation()
        return nil
      } catch let error as BPFError {
        return error
      }
    }
  }

  @Test("Creating a map needs CAP_BPF, and for some types CAP_NET_ADMIN")
  func create() async throws {
    let plain = try await Self.refusal { _ = try MapHandle.fixture(.hash) }
    #expect(plain?.code == .permissionDenied)
    #expect(plain?.errno == .notPermitted)
    #expect(plain?.description.contains("CAP_BPF") == true)
    #expect(plain?.description.contains("CAP_NET_ADMIN") == false)

    let device = try await Self.refusal { _ = try MapHandle.fixture(.devMap, valueSize: 4) }
    #expect(device?.description.contains("CAP_BPF and CAP_NET_ADMIN") == true)

    let half = try await Self.refusal(keeping: [.bpf]) { _ = try MapHandle.fixture(.devMap, valueSize: 4) }
    #expect(half?.description.contains("CAP_NET_ADMIN") == true)
    #expect(half?.description.contains("CAP_BPF") == false)

    for type in [MapType.devMapHash, .sockMap, .sockHash, .xskMap] {
      let half = try await Self.refusal(keeping: [.bpf]) { _ = try MapHandle.fixture(type, valueSize: 4) }
      #expect(half?.description.contains("CAP_NET_ADMIN") == true, "\(type)")
    }

    #expect(try await Self.refusal(keeping: [.bpf]) { _ = try MapHandle.fixture(.hash) } == nil)
    #expect(
      try await Self.refusal(keeping: [.bpf, .netAdmin]) { _ = try MapHandle.fixture(.devMap, valueSize: 4) }
        == nil)
  }

  @Test("A token allows what it delegates, and other errors say what it does not", .kernel(since: "6.9"))
  func token() async throws {
    let token = try FixtureDescriptor.hashToken()
    let create: @Sendable (MapType) throws -> Void = { type in
      _ = try MapHandle(
        type: type, keySize: 4, valueSize: 8, maxEntries: 1, options: MapOptions(token: token))
    }
    #expect(try await Self.refusal { try create(.hash) } == nil)
    let error = try await Self.refusal { try create(.array) }
    #expect(error?.code == .permissionDenied)
    #expect(error?.description.contains("token does not delegate creating array maps") == true)
    #expect(error?.description.contains("mounted without delegate_maps=array;") == true)
    #expect(error?.description.contains("CAP_BPF") == true)
  }

  @Test("A token allows loading the BTF that a local storage needs", .kernel(since: "6.9"))
  func storageToken() async throws {
    let token = try FixtureDescriptor.loadingToken()
    let create: @Sendable (BPFToken?) throws -> Void = { token in
      _ = try TaskStorage<UInt64>(options: MapOptions(token: token))
    }
    #expect(try await Self.refusal { try create(token) } == nil)
    #expect(try await Self.refusal { try create(nil) }?.code == .permissionDenied)
  }

  @Test("Opening by ID or name, and listing, need CAP_SYS_ADMIN")
  func open() async throws {
    let map = try MapHandle.fixture(.hash)
    let (id, name) = (map.id, map.name)
    let operations: [@Sendable () throws -> Void] = [
      { _ = try MapHandle(id: id) }, { _ = try MapHandle(name: name) }, { _ = try MapHandle.all() },
      { _ = try MapHandle.ids() },
    ]
    for operation in operations {
      let error = try await Self.refusal(keeping: [.bpf, .netAdmin], operation)
      #expect(error?.code == .permissionDenied)
      #expect(error?.description.contains("CAP_SYS_ADMIN") == true)
      #expect(try await Self.refusal(keeping: [.sysAdmin], operation) == nil)
    }
    withExtendedLifetime(map) {}
  }

  @Test("Using an open handle needs no capability", .kernel(since: "6.5"))
  func openHandle() async throws {
    let map = try MapHandle.fixture(.hash)
    let value = try await Worker.run {
      try TestCapability.limitThread(to: [])
      try map.update(UInt32(1).bytes, to: UInt64(2).bytes)
      _ = try map.info()
      _ = try map.duplicate()
      try map.freeze()
      return try map.entries().map(\.value)
    }
    #expect(value == [UInt64(2).bytes])
  }

  @Test("Probing a type needs the privilege to create a map of it")
  func probe() async throws {
    let error = try await Self.refusal { _ = try MapType.hash.probe() }
    #expect(error?.code == .permissionDenied)
    #expect(error?.operation == .probe)
    #expect(error?.description.contains("CAP_BPF") == true)
  }

  @Test("A pin without file permissions is refused with its path", .kernel(since: "5.19"))
  func pinnedFile() async throws {
    let fileSystem = try TemporaryBPFFileSystem()
    let path = fileSystem.path.appending("map")
    try MapHandle.fixture(.hash).pin(at: path)
    #expect(try Command.run("chmod", ["000", path.string]).status == 0)
    let error = try await Self.refusal { _ = try MapHandle(pinnedAt: path) }
    #expect(error?.code == .permissionDenied)
    #expect(error?.errno == .permissionDenied)
    #expect(error?.path == path)
    withExtendedLifetime(fileSystem) {}
  }
}
