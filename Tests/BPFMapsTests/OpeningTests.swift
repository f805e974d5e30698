//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import KernelFixtures
import Testing

/// Tests opening a map by ID, by name, and from a descriptor, and duplicating handles.
@Suite("Opening maps", .kernel)
struct OpeningTests {
  static let key = UInt32(7).bytes

  // MARK: - By ID

  @Test("Opens a map by ID, with its constant properties")
  func byID() throws {
    let map = try MapHandle.fixture(.hash, keySize: 4, valueSize: 12, maxEntries: 5, flags: .noPrealloc)
    let same = try MapHandle(id: map.id)
    #expect(same.id == map.id)
    #expect(same.name == map.name)
    #expect(same.type == .hash)
    #expect(same.keySize == 4)
    #expect(same.valueSize == 12)
    #expect(same.maxEntries == 5)
    #expect(same.flags == .noPrealloc)
    #expect(same.access == .readWrite)
    try same.update(Self.key, to: [UInt8](repeating: 1, count: 12))
    #expect(try map.contains(Self.key))
  }

  @Test("Opens a map by ID read-only or write-only", arguments: [MapAccess.readOnly, .writeOnly])
  func byIDWithAccess(access: MapAccess) throws {
    let map = try MapHandle.fixture(.hash)
    try map.fill([7])
    let limited = try MapHandle(id: map.id, access: access)
    #expect(limited.access == access)
    let read = Result { try limited.lookup(Self.key) }
    let write = Result { try limited.update(Self.key, to: UInt64(8).bytes) }
    if access == .readOnly {
      #expect(try read.get() == UInt64(7).bytes)
      #expect((write.failure as? BPFError)?.code == .readOnly)
    } else {
      #expect((read.failure as? BPFError)?.code == .writeOnly)
      #expect(throws: Never.self) { try write.get() }
    }
  }

  @Test("An ID that no map has is not found")
  func missingID() throws {
    let gone: MapID
    do { gone = try MapHandle.fixture(.hash).id }
    for id in [gone, 0, 4_294_967_295] {
      let error = #expect(throws: BPFError.self) { try MapHandle(id: id) }
      #expect(error?.code == .notFound)
      #expect(error?.errno == .noSuchFileOrDirectory)
      #expect(error?.description.contains("\(id)") == true)
    }
  }

  // MARK: - By name

  @Test("Opens a map by its unique name")
  func byName() throws {
    let map = try MapHandle.fixture(.array)
    #expect(try MapHandle(name: map.name).id == map.id)
    #expect(try MapHandle(name: map.name, access: .readOnly).access == .readOnly)
  }

  @Test("A name that no map has is not found")
  func missingName() {
    let error = #expect(throws: BPFError.self) { try MapHandle(name: UniqueName.next()) }
    #expect(error?.code == .notFound)
  }

  @Test("A name that two maps have is an error with both IDs")
  func ambiguousName() throws {
    let name = UniqueName.next()
    let maps = try [MapType.hash, .array].map {
      try MapHandle(type: $0, name: name, keySize: 4, valueSize: 4, maxEntries: 1)
    }
    let error = #expect(throws: BPFError.self) { try MapHandle(name: name) }
    #expect(error?.code == .ambiguous)
    for map in maps { #expect(error?.description.contains("\(map.id)") == true) }
  }

  // MARK: - From a descriptor

  @Test("Duplicates a descriptor from elsewhere, and does not take ownership")
  func fromDescriptor() throws {
    let raw = try RawMap(type: 1, keySize: 4, valueSize: 8, maxEntries: 4, name: UniqueName.next())
    let id = try raw.info().id
    do {
      let map = try MapHandle(duplicating: raw.descriptor.fileDescriptor)
      #expect(map.id.rawValue == id)
      #expect(map.withFileDescriptor { $0.rawValue } != raw.descriptor.number)
      try map.update(Self.key, to: UInt64(1).bytes)
    }
    #expect(try raw.lookup(Self.key, stride: 8).get() == UInt64(1).bytes)
  }

  @Test("Detects a descriptor's access")
  func accessOfDescriptor() throws {
    for (flags, access) in [(8, MapAccess.readOnly), (16, .writeOnly), (0, .readWrite)]
      as [(UInt32, MapAccess)]
    {
      let raw = try RawMap(type: 1, keySize: 4, valueSize: 8, maxEntries: 4, flags: flags)
      #expect(try MapHandle(duplicating: raw.descriptor.fileDescriptor).access == access)
    }
  }

  @Test("Refuses descriptors of other objects, and names their kind")
  func notMaps() throws {
    let program = try FixtureDescriptor.program(.cgroupSKB, returning: 1)
    let cgroup = try TemporaryCgroup()
    let others: [(FixtureDescriptor, String)] = [
      (program, "program"),
      (try cgroup.link(program), "link"),
      (try .btf(), "BTF"),
      (try .listeningSocket(), "socket"),
      (try .temporaryFile(), "file"),
      (try .perfEvent(), "perf event"),
    ]
    for (descriptor, word) in others {
      let error = #expect(throws: BPFError.self) { try MapHandle(duplicating: descriptor.fileDescriptor) }
      #expect(error?.code == .wrongObject)
      #expect(error?.description.contains(word) == true, "\(error.map(String.init(describing:)) ?? word)")
    }
  }

  @Test("A descriptor that is not open is an error")
  func closed() {
    for number in [-1, 1_000_000] as [Int32] {
      let error = #expect(throws: BPFError.self) {
        try MapHandle(duplicating: FileDescriptor(rawValue: number))
      }
      #expect(error?.errno == .badFileDescriptor)
    }
  }

  // MARK: - Duplicates and lifetime

  @Test("A duplicate has its own descriptor, and outlives the original")
  func duplicate() throws {
    var original: MapHandle? = try MapHandle.fixture(.hash)
    let copy = try #require(original).duplicate()
    #expect(copy.id == original?.id)
    #expect(copy.name == original?.name)
    #expect(copy.withFileDescriptor { $0.rawValue } != original?.withFileDescriptor { $0.rawValue })
    original = nil
    try copy.update(Self.key, to: UInt64(1).bytes)
  }

  @Test("A duplicate has the access of the original")
  func duplicateKeepsAccess() throws {
    let map = try MapHandle.fixture(.hash)
    let reader = try MapHandle(id: map.id, access: .readOnly).duplicate()
    #expect(reader.access == .readOnly)
    #expect(throws: BPFError.self) { try reader.update(Self.key, to: UInt64(1).bytes) }
  }

  @Test("The map is freed with its last handle")
  func lifetime() throws {
    var map: MapHandle? = try MapHandle.fixture(.hash)
    let id = try #require(map?.id.rawValue)
    #expect(RawMap.exists(id: id))
    map = nil
    #expect(RawMap.isFreed(id: id))
  }

  @Test("Descriptors close on exec")
  func closeOnExec() throws {
    let map = try MapHandle.fixture(.hash)
    for handle in [map, try map.duplicate(), try MapHandle(id: map.id)] {
      let number = handle.withFileDescriptor { $0.rawValue }
      let seen = try Command.run("sh", ["-c", "readlink /proc/$$/fd/\(number); true"])
      #expect(!seen.standardOutput.contains("bpf-map"))
    }
  }

  // MARK: - Listing

  @Test("Lists all maps of the system")
  func all() throws {
    let mine = try (0..<3).map { _ in try MapHandle.fixture(.hash) }
    let listed = try MapHandle.all()
    for map in mine { #expect(listed.contains { $0.id == map.id && $0.name == map.name }) }
    let ids = try MapHandle.ids()
    for map in mine { #expect(ids.contains(map.id)) }
    #expect(zip(ids, ids.dropFirst()).allSatisfy(<))
  }

  @Test("Lists maps while others are created and freed")
  func listingWhileChanging() throws {
    let stop = Flag()
    let churn = Worker.start {
      while !stop.isSet { _ = try MapHandle.fixture(.array, maxEntries: 1) }
    }
    let mine = try MapHandle.fixture(.hash)
    for _ in 0..<200 { #expect(try MapHandle.all().contains { $0.id == mine.id }) }
    stop.set()
    try churn.join()
  }
}

extension Result {
  var failure: Failure? { if case .failure(let error) = self { error } else { nil } }
}
