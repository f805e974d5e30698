//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import KernelFixtures
import Testing

/// Every map type of the kernel, created through `MapHandle`, and each operation answered as measured.
@Suite("Every map type", .kernel)
struct MapTypeTableTests {
  /// How `operation` ends; it returns whether there was such an element.
  static func outcome(_ operation: () throws -> Bool) throws -> Outcome {
    do {
      return try operation() ? .ok : .absent
    } catch let error as BPFError {
      return error.errno.map(Outcome.refused) ?? .beforeKernel(error.code)
    }
  }

  /// Expects `operation` to end so; it returns whether there was such an element.
  static func expect(
    _ expected: Outcome, at location: SourceLocation = #_sourceLocation, _ operation: () throws -> Bool
  ) throws {
    let outcome = try outcome(operation)
    #expect(outcome == expected, sourceLocation: location)
  }

  /// Expects an operation that returns nothing to end so.
  static func expect(
    _ expected: Outcome, at location: SourceLocation = #_sourceLocation, _ operation: () throws -> Void
  ) throws {
    try expect(expected, at: location) { () -> Bool in
      try operation()
      return true
    }
  }

  @Test("The table has every type but that of instructions, which only programs fill")
  func complete() {
    let types = Set(MapTypeRow.table.map(\.type))
    #expect(types == Set(MapType.allKnown).subtracting([.insnArray]))
    #expect(types.count == MapTypeRow.table.count)
  }

  // MARK: - One element

  @Test("Update", arguments: MapTypeRow.running)
  func update(row: MapTypeRow) throws {
    let subject = try MapTypeSubject(row.type)
    try Self.expect(row.update[0]) { try subject.update(subject.key) }
    try Self.expect(row.update[1]) { try subject.update(subject.key, flags: .noExist) }
    try Self.expect(row.update[2]) { try subject.update(subject.vacant, flags: .exist) }
    withExtendedLifetime(subject) {}
  }

  @Test("Look-up", arguments: MapTypeRow.running)
  func lookup(row: MapTypeRow) throws {
    let subject = try MapTypeSubject(row.type)
    if !row.type.isKeyless { subject.fill() }
    try Self.expect(row.lookup[1]) { try subject.lookup(subject.missing) }
    subject.fill()
    try Self.expect(row.lookup[0]) { try subject.lookup(subject.key) }
    withExtendedLifetime(subject) {}
  }

  @Test("Next key", arguments: MapTypeRow.running)
  func nextKey(row: MapTypeRow) throws {
    let subject = try MapTypeSubject(row.type)
    subject.fill()
    try Self.expect(row.nextKey) { try subject.map.nextKey(after: nil) != nil }
    withExtendedLifetime(subject) {}
  }

  @Test("Look-up and delete", arguments: MapTypeRow.running)
  func lookupAndDelete(row: MapTypeRow) throws {
    let subject = try MapTypeSubject(row.type)
    if !row.type.isKeyless { subject.fill() }
    try Self.expect(row.take[1]) { try subject.lookupAndDelete(subject.missing) }
    subject.fill()
    try Self.expect(row.take[0]) { try subject.lookupAndDelete(subject.key) }
    withExtendedLifetime(subject) {}
  }

  @Test("Delete", arguments: MapTypeRow.running)
  func delete(row: MapTypeRow) throws {
    let subject = try MapTypeSubject(row.type)
    subject.fill()
    try Self.expect(row.delete[1]) { try subject.map.delete(subject.missing) }
    try Self.expect(row.delete[0]) { try subject.map.delete(subject.key) }
    withExtendedLifetime(subject) {}
  }

  // MARK: - Batches

  @Test("Batches", arguments: MapTypeRow.running.filter { !$0.type.isKeyless })
  func batches(row: MapTypeRow) throws {
    let subject = try MapTypeSubject(row.type)
    let map = subject.map
    let cpus = row.type.isPerCPU ? try PossibleCPUs.current().count : 1
    let padding = [UInt8](repeating: 0, count: map.valueStride / cpus - map.valueSize)
    let values = Array(repeating: subject.value + padding, count: cpus).flatMap { $0 }

    try Self.expect(row.batch[2]) { try map.updateBatch(keys: subject.key, values: values, count: 1) == 1 }
    subject.fill()
    for (expected, read) in [
      (row.batch[0], { cursor in try map.lookupBatch(&cursor, count: 4) }),
      (row.batch[1], { cursor in try map.lookupAndDeleteBatch(&cursor, count: 4) }),
    ] as [(Outcome, (inout MapCursor) throws -> MapEntries)] {
      var cursor = MapCursor()
      try Self.expect(expected) { try read(&cursor).contains { $0.key == subject.key } }
    }
    subject.fill()
    try Self.expect(row.batch[3]) { try map.deleteBatch(keys: subject.key, count: 1) == 1 }
    withExtendedLifetime(subject) {}
  }

  @Test(
    "Batches of keyless types never reach the kernel",
    arguments: MapTypeRow.running.filter { $0.type.isKeyless })
  func keylessBatches(row: MapTypeRow) throws {
    let map = try MapTypeSubject(row.type).map
    var cursor = MapCursor()
    try Self.expect(.beforeKernel(.unsupported)) { _ = try map.lookupBatch(&cursor, count: 4) }
    try Self.expect(.beforeKernel(.unsupported)) { try map.updateBatch(keys: [], values: [], count: 1) }
    try Self.expect(.beforeKernel(.unsupported)) { try map.deleteBatch(keys: [], count: 1) }
  }

  // MARK: - Limited handles

  @Test("A handle created for reading only", arguments: MapTypeRow.running)
  func readOnly(row: MapTypeRow) throws {
    guard let subject = try Self.limited(row, .readOnly, row.readOnly) else { return }
    try Self.expect(row.readOnly[0]) { try subject.lookup(subject.key) }
    try Self.expect(row.readOnly[1]) { try subject.update(subject.key) }
    try Self.expect(row.readOnlyFreeze) { try subject.map.freeze() }
    withExtendedLifetime(subject) {}
  }

  @Test("A handle created for writing only", arguments: MapTypeRow.running)
  func writeOnly(row: MapTypeRow) throws {
    guard let subject = try Self.limited(row, .writeOnly, row.writeOnly) else { return }
    try Self.expect(row.writeOnly[1]) { try subject.update(subject.key) }
    try Self.expect(row.writeOnly[0]) { try subject.lookup(subject.key) }
    if !row.type.isKeyless {
      try Self.expect(.eperm) { try subject.map.nextKey(after: nil) != nil }
    }
    withExtendedLifetime(subject) {}
  }

  /// A map whose creating handle is limited; nil after proving that there is none of the type.
  private static func limited(
    _ row: MapTypeRow, _ flags: MapCreateFlags, _ expected: [Outcome]
  ) throws -> MapTypeSubject? {
    if expected.isEmpty {
      try expect(.einval) { _ = try MapTypeSubject(row.type, flags: flags) }
      return nil
    }
    return try MapTypeSubject(row.type, flags: flags)
  }

  // MARK: - Freezing

  @Test("Freezing: once, and then only reading", arguments: MapTypeRow.running)
  func freeze(row: MapTypeRow) throws {
    let subject = try MapTypeSubject(row.type)
    subject.fill()
    guard row.type != .structOps else {
      try Self.expect(.enotsupp) { try subject.map.freeze() }
      return
    }
    try Self.expect(.ok) { try subject.map.freeze() }
    try Self.expect(row.secondFreeze) { try subject.map.freeze() }
    try Self.expect(.eperm) { try subject.update(subject.key) }
    try Self.expect(.eperm) { try subject.map.delete(subject.key) }
    try Self.expect(row.lookup[0]) { try subject.lookup(subject.key) }
    #expect(try subject.map.descriptorInfo().isFrozen == true)
    withExtendedLifetime(subject) {}
  }

  // MARK: - Pinning and opening

  @Test("Pinned, opened, and limited in opening", arguments: MapTypeRow.running)
  func pinning(row: MapTypeRow) throws {
    let subject = try MapTypeSubject(row.type)
    subject.fill()
    try withBPFFileSystem { directory in
      let path = directory.appending("map")
      try subject.map.pin(at: path)
      #expect(try MapHandle(pinnedAt: path).id == subject.map.id)
      let readers = [
        try MapHandle(pinnedAt: path, access: .readOnly),
        try MapHandle(id: subject.map.id, access: .readOnly),
      ]
      for reader in readers {
        let key = subject.key
        try Self.expect(.eperm) { try Self.write(key, subject.value, to: reader) }
      }
      try subject.map.unpin(from: path)
    }
    withExtendedLifetime(subject) {}
  }

  private static func write(_ key: [UInt8], _ value: [UInt8], to map: MapHandle) throws {
    guard map.type.isPerCPU else { return try map.update(key, to: value) }
    try map.updatePerCPU(key, to: Array(repeating: value, count: try PossibleCPUs.current().count))
  }
}
