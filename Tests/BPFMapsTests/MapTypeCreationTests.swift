//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import BPFMaps
import BPFSyscall
import KernelFixtures
import Testing

/// Tests the creation of each map type: its flags, values with a spin lock, and whether the kernel supports it.
@Suite("Creation of every map type", .kernel)
struct MapTypeCreationTests {
  /// The creation flags that need no other options.
  static let standaloneFlags: [MapCreateFlags] = [
    .noPrealloc, .noCommonLRU, .numaNode, .readOnly, .writeOnly, .stackBuildID, .zeroSeed, .readOnlyProgram,
    .writeOnlyProgram, .clone, .mmapable, .preserveElements, .innerMap, .link, .pathDescriptor, .segvOnFault,
    .noUserConversion,
  ]

  @Test("Each flag is accepted or refused as the table says", arguments: MapTypeRow.running)
  func flags(row: MapTypeRow) throws {
    let needed = try MapTypeFixture(row.type).map.flags
    for flag in Self.standaloneFlags where !needed.contains(flag) {
      let outcome = try MapTypeTableTests.outcome {
        // Limits of the creating handle are not flags of the map.
        let kept = flag.subtracting([.readOnly, .writeOnly])
        return try MapTypeFixture(row.type, flags: flag).map.flags == needed.union(kept)
      }
      if row.flags.contains(flag) {
        #expect(outcome == .ok, "\(flag)")
      } else {
        let isLRU = row.type.facts.isLRU
        #expect(outcome == (isLRU && flag == .noPrealloc ? .enotsupp : .einval), "\(flag)")
      }
    }
  }

  @Test("Mutually exclusive flags are refused", arguments: [MapType.hash, .array, .lpmTrie, .queue])
  func exclusiveFlags(type: MapType) throws {
    for flags in [[.readOnly, .writeOnly], [.readOnlyProgram, .writeOnlyProgram]] as [MapCreateFlags] {
      try MapTypeTableTests.expect(.einval) { _ = try MapTypeFixture(type, flags: flags) }
    }
  }

  @Test("A stack trace of build IDs is a multiple of 32 bytes")
  func buildIDs() throws {
    let map = try MapHandle.fixture(.stackTrace, valueSize: 64, flags: .stackBuildID)
    #expect(map.flags == .stackBuildID)
  }

  @Test("The kernel supports exactly the types of its release")
  func isSupported() throws {
    for type in MapType.allKnown {
      let release = try #require(type.minimumKernelVersion)
      #expect(try type.isSupported() == !KernelRelease.isOlder(than: release), "\(type)")
    }
    for number in [0, 100, .max] as [UInt32] {
      #expect(try MapType(rawValue: number).isSupported() == false, "type \(number)")
    }
  }

  // MARK: - Spin locks

  /// The outcomes for values with a spin lock: of the creation and, if it succeeds, of a look-up, an update, a batch
  /// update, and a batch look-up with `.lock`.
  static let lockRows: [(type: MapType, creation: Outcome, operations: [Outcome])] = [
    (.hash, .ok, [.ok, .ok, .ok, .ok]),
    (.array, .ok, [.ok, .ok, .ok, .ok]),
    (.rhash, .ok, [.ok, .ok, .ok, .ok]),
    (.perCPUHash, .eopnotsupp, []),
    (.perCPUArray, .eopnotsupp, []),
    (.lruHash, .eopnotsupp, []),
    (.lruPerCPUHash, .eopnotsupp, []),
    (.reuseportSockArray, .eopnotsupp, []),
    (.bloomFilter, .eopnotsupp, []),
    (.queue, .einval, []),
    (.skStorage, .ok, [.ok, .ok, .enotsupp, .enotsupp]),
    (.inodeStorage, .ok, [.ok, .ok, .enotsupp, .enotsupp]),
    (.taskStorage, .ok, [.ok, .ok, .enotsupp, .enotsupp]),
    (.cgrpStorage, .ok, [.ok, .ok, .enotsupp, .enotsupp]),
  ]

  @Test(
    "Creates maps whose values contain a spin lock, or refuses them",
    arguments: lockRows.indices.filter { MapTypeRow.isAvailable(lockRows[$0].type) })
  func locks(index: Int) throws {
    var (type, creation, operations) = Self.lockRows[index]
    // Before each type decided which special fields its values may have, all other types were refused in the same way.
    if creation == .eopnotsupp, KernelRelease.isOlder(than: "6.2") { creation = .enotsupp }
    let btf = try FixtureDescriptor.btf()
    let isStorage = type.facts.isStorage
    let options = MapOptions(
      flags: type.facts.requiredFlags,
      btf: .init(
        descriptor: btf.fileDescriptor, keyTypeID: type.isKeyless ? 0 : FixtureBTF.int32,
        valueTypeID: FixtureBTF.lockedValue))
    var created: MapHandle?
    try MapTypeTableTests.expect(creation) {
      created = try MapHandle(
        type: type, name: UniqueName.next(), keySize: type.isKeyless ? 0 : 4, valueSize: 8,
        maxEntries: isStorage ? 0 : 4, options: options)
    }
    guard let map = created else { return }

    let fixture = try MapTypeFixture(type)  // for a key that fits
    let (key, value) = (fixture.key, UInt32(7).bytes + [0, 0, 0, 0])
    var cursor = MapCursor()
    try MapTypeTableTests.expect(operations[1]) { try map.update(key, to: value, flags: .lock) }
    try MapTypeTableTests.expect(operations[0]) { try map.lookup(key, flags: .lock) == value }
    try MapTypeTableTests.expect(operations[2]) {
      try map.updateBatch(keys: key, values: value, count: 1, elementFlags: .lock) == 1
    }
    try MapTypeTableTests.expect(operations[3]) {
      try map.lookupBatch(&cursor, count: 4, elementFlags: .lock).contains { $0.key == key }
    }
    withExtendedLifetime(fixture) {}
  }

  @Test("The lock flag is refused for values without a lock", arguments: [MapType.hash, .array])
  func lockWithoutLock(type: MapType) throws {
    let fixture = try MapTypeFixture(type)
    try MapTypeTableTests.expect(.einval) { try fixture.update(fixture.key, flags: .lock) }
    try MapTypeTableTests.expect(.einval) { try fixture.lookup(fixture.key, flags: .lock) }
  }
}
