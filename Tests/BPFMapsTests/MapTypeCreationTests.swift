//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import BPFSyscall
import KernelFixtures
import Testing

/// What each map type takes when it is created: flags, values with a spin lock, and whether the kernel has it.
@Suite("Creating every map type", .kernel)
struct MapTypeCreationTests {
  /// Flags of creation that need nothing beside them.
  static let standaloneFlags: [MapCreateFlags] = [
    .noPrealloc, .noCommonLRU, .numaNode, .readOnly, .writeOnly, .stackBuildID, .zeroSeed, .readOnlyProgram,
    .writeOnlyProgram, .clone, .mmapable, .preserveElements, .innerMap, .link, .pathDescriptor, .segvOnFault,
    .noUserConversion,
  ]

  @Test("Each flag is taken or refused", arguments: MapTypeRow.running)
  func flags(row: MapTypeRow) throws {
    let needed = try MapTypeSubject(row.type).map.flags
    for flag in Self.standaloneFlags where !needed.contains(flag) {
      let outcome = try MapTypeTableTests.outcome {
        // Limits of the creating handle are no flags of the map.
        let kept = flag.subtracting([.readOnly, .writeOnly])
        return try MapTypeSubject(row.type, flags: flag).map.flags == needed.union(kept)
      }
      if row.flags.contains(flag) {
        #expect(outcome == .ok, "\(flag)")
      } else {
        let isLRU = row.type == .lruHash || row.type == .lruPerCPUHash
        #expect(outcome == (isLRU && flag == .noPrealloc ? .enotsupp : .einval), "\(flag)")
      }
    }
  }

  @Test("What excludes each other is refused", arguments: [MapType.hash, .array, .lpmTrie, .queue])
  func exclusiveFlags(type: MapType) throws {
    for flags in [[.readOnly, .writeOnly], [.readOnlyProgram, .writeOnlyProgram]] as [MapCreateFlags] {
      try MapTypeTableTests.expect(.einval) { _ = try MapTypeSubject(type, flags: flags) }
    }
  }

  @Test("A stack trace of build ids is a multiple of 32 bytes")
  func buildIDs() throws {
    let map = try MapHandle.fixture(.stackTrace, valueSize: 64, flags: .stackBuildID)
    #expect(map.flags == .stackBuildID)
  }

  @Test("The kernel has the types of its release and no more")
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

  /// How making a map ends whose values hold a spin lock, and for those that are made, look-up, update, batch
  /// update and batch look-up with `.lock`.
  static let lockRows: [(type: MapType, creation: Outcome, operations: [Outcome])] = [
    (.hash, .ok, [.ok, .ok, .ok, .ok]),
    (.array, .ok, [.ok, .ok, .ok, .ok]),
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
    "Values with a spin lock", arguments: lockRows.indices.filter { MapTypeRow.isThere(lockRows[$0].type) })
  func locks(index: Int) throws {
    var (type, creation, operations) = Self.lockRows[index]
    // Until each type told for itself what its values may hold, all others were refused alike.
    if creation == .eopnotsupp, KernelRelease.isOlder(than: "6.2") { creation = .enotsupp }
    let btf = try FixtureDescriptor.btf()
    let isStorage = [.skStorage, .inodeStorage, .taskStorage, .cgrpStorage].contains(type)
    let options = MapOptions(
      flags: isStorage ? .noPrealloc : [],
      btf: .init(
        descriptor: btf.fileDescriptor, keyTypeID: type.isKeyless ? 0 : FixtureBTF.int32,
        valueTypeID: FixtureBTF.lockedValue))
    var made: MapHandle?
    try MapTypeTableTests.expect(creation) {
      made = try MapHandle(
        type: type, name: UniqueName.next(), keySize: type.isKeyless ? 0 : 4, valueSize: 8,
        maxEntries: isStorage ? 0 : 4, options: options)
    }
    guard let map = made else { return }

    let subject = try MapTypeSubject(type)  // for a key that fits
    let (key, value) = (subject.key, UInt32(7).bytes + [0, 0, 0, 0])
    var cursor = MapCursor()
    try MapTypeTableTests.expect(operations[1]) { try map.update(key, to: value, flags: .lock) }
    try MapTypeTableTests.expect(operations[0]) { try map.lookup(key, flags: .lock) == value }
    try MapTypeTableTests.expect(operations[2]) {
      try map.updateBatch(keys: key, values: value, count: 1, elementFlags: .lock) == 1
    }
    try MapTypeTableTests.expect(operations[3]) {
      try map.lookupBatch(&cursor, count: 4, elementFlags: .lock).contains { $0.key == key }
    }
    withExtendedLifetime(subject) {}
  }

  @Test("The lock flag on values without a lock", arguments: [MapType.hash, .array])
  func lockWithoutLock(type: MapType) throws {
    let subject = try MapTypeSubject(type)
    try MapTypeTableTests.expect(.einval) { try subject.update(subject.key, flags: .lock) }
    try MapTypeTableTests.expect(.einval) { try subject.lookup(subject.key, flags: .lock) }
  }
}
