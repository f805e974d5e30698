//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import KernelFixtures
import Testing

/// Tests that each operation on each map type has the measured outcome.
@Suite("Every map type", .kernel)
struct MapTypeTableTests {
  /// Returns the outcome of `operation`, which returns whether there was an element.
  static func outcome(_ operation: () throws -> Bool) throws -> Outcome {
    do {
      return try operation() ? .ok : .absent
    } catch let error as BPFError {
      return error.errno.map(Outcome.refused) ?? .beforeKernel(error.code)
    }
  }

  /// Expects an outcome of `operation`, which returns whether there was an element.
  static func expect(
    _ expected: Outcome, at location: SourceLocation = #_sourceLocation, _ operation: () throws -> Bool
  ) throws {
    let outcome = try outcome(operation)
    #expect(outcome == expected, sourceLocation: location)
  }

  /// Expects an outcome of an operation that returns nothing.
  static func expect(
    _ expected: Outcome, at location: SourceLocation = #_sourceLocation, _ operation: () throws -> Void
  ) throws {
    try expect(expected, at: location) { () -> Bool in
      try operation()
      return true
    }
  }

  @Test("The table has every type except instruction arrays, which only programs fill")
  func complete() {
    let types = Set(MapTypeRow.table.map(\.type))
    #expect(types == Set(MapType.allKnown).subtracting([.insnArray]))
    #expect(types.count == MapTypeRow.table.count)
  }

  // MARK: - One element

  @Test("Updates an element, with each flag", arguments: MapTypeRow.running)
  func update(row: MapTypeRow) throws {
    let fixture = try MapTypeFixture(row.type)
    try Self.expect(row.update[0]) { try fixture.update(fixture.key) }
    try Self.expect(row.update[1]) { try fixture.update(fixture.key, flags: .noExist) }
    try Self.expect(row.update[2]) { try fixture.update(fixture.vacant, flags: .exist) }
    withExtendedLifetime(fixture) {}
  }

  @Test("Looks up an element", arguments: MapTypeRow.running)
  func lookup(row: MapTypeRow) throws {
    let fixture = try MapTypeFixture(row.type)
    if !row.type.isKeyless { fixture.fill() }
    try Self.expect(row.lookup[1]) { try fixture.lookup(fixture.missing) }
    fixture.fill()
    try Self.expect(row.lookup[0]) { try fixture.lookup(fixture.key) }
    withExtendedLifetime(fixture) {}
  }

  @Test("Returns the next key", arguments: MapTypeRow.running)
  func nextKey(row: MapTypeRow) throws {
    let fixture = try MapTypeFixture(row.type)
    fixture.fill()
    try Self.expect(row.nextKey) { try fixture.map.nextKey(after: nil) != nil }
    withExtendedLifetime(fixture) {}
  }

  @Test("Looks up and deletes an element", arguments: MapTypeRow.running)
  func lookupAndDelete(row: MapTypeRow) throws {
    let fixture = try MapTypeFixture(row.type)
    if !row.type.isKeyless { fixture.fill() }
    try Self.expect(row.lookupAndDelete[1]) { try fixture.lookupAndDelete(fixture.missing) }
    fixture.fill()
    try Self.expect(row.lookupAndDelete[0]) { try fixture.lookupAndDelete(fixture.key) }
    withExtendedLifetime(fixture) {}
  }

  @Test("Deletes an element", arguments: MapTypeRow.running)
  func delete(row: MapTypeRow) throws {
    let fixture = try MapTypeFixture(row.type)
    fixture.fill()
    try Self.expect(row.delete[1]) { try fixture.map.delete(fixture.missing) }
    try Self.expect(row.delete[0]) { try fixture.map.delete(fixture.key) }
    withExtendedLifetime(fixture) {}
  }

  // MARK: - Batches

  @Test("Reads, updates, and deletes batches", arguments: MapTypeRow.running.filter { !$0.type.isKeyless })
  func batches(row: MapTypeRow) throws {
    let fixture = try MapTypeFixture(row.type)
    let map = fixture.map
    let cpus = row.type.isPerCPU ? try PossibleCPUs.current().count : 1
    let padding = [UInt8](repeating: 0, count: map.valueStride / cpus - map.valueSize)
    let values = Array(repeating: fixture.value + padding, count: cpus).flatMap { $0 }

    try Self.expect(row.batch[2]) { try map.updateBatch(keys: fixture.key, values: values, count: 1) == 1 }
    fixture.fill()
    for (expected, read) in [
      (row.batch[0], { cursor in try map.lookupBatch(&cursor, count: 4) }),
      (row.batch[1], { cursor in try map.lookupAndDeleteBatch(&cursor, count: 4) }),
    ] as [(Outcome, (inout MapCursor) throws -> MapEntries)] {
      var cursor = MapCursor()
      try Self.expect(expected) { try read(&cursor).contains { $0.key == fixture.key } }
    }
    fixture.fill()
    try Self.expect(row.batch[3]) { try map.deleteBatch(keys: fixture.key, count: 1) == 1 }
    withExtendedLifetime(fixture) {}
  }

  @Test(
    "Rejects batches of keyless types before the kernel",
    arguments: MapTypeRow.running.filter { $0.type.isKeyless })
  func keylessBatches(row: MapTypeRow) throws {
    let map = try MapTypeFixture(row.type).map
    var cursor = MapCursor()
    try Self.expect(.beforeKernel(.unsupported)) { _ = try map.lookupBatch(&cursor, count: 4) }
    try Self.expect(.beforeKernel(.unsupported)) { try map.updateBatch(keys: [], values: [], count: 1) }
    try Self.expect(.beforeKernel(.unsupported)) { try map.deleteBatch(keys: [], count: 1) }
  }

  // MARK: - Limited handles

  @Test("A handle created read-only does not write", arguments: MapTypeRow.running)
  func readOnly(row: MapTypeRow) throws {
    guard let fixture = try Self.limited(row, .readOnly, row.readOnly) else { return }
    try Self.expect(row.readOnly[0]) { try fixture.lookup(fixture.key) }
    try Self.expect(row.readOnly[1]) { try fixture.update(fixture.key) }
    try Self.expect(row.readOnlyFreeze) { try fixture.map.freeze() }
    withExtendedLifetime(fixture) {}
  }

  @Test("A handle created write-only does not read", arguments: MapTypeRow.running)
  func writeOnly(row: MapTypeRow) throws {
    guard let fixture = try Self.limited(row, .writeOnly, row.writeOnly) else { return }
    try Self.expect(row.writeOnly[1]) { try fixture.update(fixture.key) }
    try Self.expect(row.writeOnly[0]) { try fixture.lookup(fixture.key) }
    if !row.type.isKeyless {
      try Self.expect(.eperm) { try fixture.map.nextKey(after: nil) != nil }
    }
    withExtendedLifetime(fixture) {}
  }

  /// Creates a map with a restricted handle. Returns nil if the type does not allow that, after checking the refusal.
  private static func limited(
    _ row: MapTypeRow, _ flags: MapCreateFlags, _ expected: [Outcome]
  ) throws -> MapTypeFixture? {
    if expected.isEmpty {
      try expect(.einval) { _ = try MapTypeFixture(row.type, flags: flags) }
      return nil
    }
    return try MapTypeFixture(row.type, flags: flags)
  }

  // MARK: - Freezing

  @Test("A map can be frozen once, and only read afterwards", arguments: MapTypeRow.running)
  func freeze(row: MapTypeRow) throws {
    let fixture = try MapTypeFixture(row.type)
    fixture.fill()
    guard row.type != .structOps else {
      try Self.expect(.enotsupp) { try fixture.map.freeze() }
      return
    }
    try Self.expect(.ok) { try fixture.map.freeze() }
    try Self.expect(row.secondFreeze) { try fixture.map.freeze() }
    try Self.expect(.eperm) { try fixture.update(fixture.key) }
    try Self.expect(.eperm) { try fixture.map.delete(fixture.key) }
    try Self.expect(row.lookup[0]) { try fixture.lookup(fixture.key) }
    #expect(try fixture.map.descriptorInfo().isFrozen == true)
    withExtendedLifetime(fixture) {}
  }

  // MARK: - Pinning and opening

  @Test("A pinned map is opened, also read-only", arguments: MapTypeRow.running)
  func pinning(row: MapTypeRow) throws {
    let fixture = try MapTypeFixture(row.type)
    fixture.fill()
    try withBPFFileSystem { directory in
      let path = directory.appending("map")
      try fixture.map.pin(at: path)
      #expect(try MapHandle(pinnedAt: path).id == fixture.map.id)
      let readers = [
        try MapHandle(pinnedAt: path, access: .readOnly),
        try MapHandle(id: fixture.map.id, access: .readOnly),
      ]
      for reader in readers {
        let key = fixture.key
        try Self.expect(.eperm) { try Self.write(key, fixture.value, to: reader) }
      }
      try fixture.map.unpin(from: path)
    }
    withExtendedLifetime(fixture) {}
  }

  private static func write(_ key: [UInt8], _ value: [UInt8], to map: MapHandle) throws {
    guard map.type.isPerCPU else { return try map.update(key, to: value) }
    try map.updatePerCPU(key, to: Array(repeating: value, count: try PossibleCPUs.current().count))
  }
}
