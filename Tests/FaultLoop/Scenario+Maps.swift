//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import KernelFixtures

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

extension Scenario {
  /// Uses a hash map and a per-CPU map by bytes: elements, batches, pins, information.
  static let maps = Scenario(name: "maps") { surroundings in
    let map = try MapHandle(type: .hash, name: "fault_hash", keySize: 4, valueSize: 8, maxEntries: 16)
    for key in 1...3 as ClosedRange<UInt8> {
      try map.update([key, 0, 0, 0], to: [key, 0, 0, 0, 0, 0, 0, 0])
    }
    let keys: [UInt8] = [4, 0, 0, 0, 5, 0, 0, 0]
    var seen: [String] = ["updated \(try map.updateBatch(keys: keys, values: keys + keys, count: 2))"]
    seen.append("value \(try map.lookup([2, 0, 0, 0])?.first ?? 0)")
    seen.append("keys \(try map.entries().map(\.key[0]).sorted())")
    var (cursor, count) = (MapCursor(), 0)
    while true {
      let batch = try map.lookupBatch(&cursor, count: 16)
      if batch.isEmpty { break }
      count += batch.count
    }
    seen.append("batched \(count), deleted \(try map.delete([1, 0, 0, 0])), counted \(try map.count())")

    let counters = try MapHandle(
      type: .perCPUHash, name: "fault_percpu", keySize: 4, valueSize: 8, maxEntries: 4)
    let cpus = try PossibleCPUs.current().count
    try counters.updatePerCPU([1, 0, 0, 0], to: Array(repeating: [9, 0, 0, 0, 0, 0, 0, 0], count: cpus))
    let values = try counters.lookupPerCPU([1, 0, 0, 0]) ?? []
    seen.append("per CPU \(values.count == cpus && values.allSatisfy { $0[0] == 9 }) \(try counters.count())")

    let path = surroundings.pins.appending("map")
    try pinned(at: path) { try map.pin(at: $0) }
    let again = try MapHandle(pinnedAt: path)
    let sameID = again.id == map.id
    try again.unpin(from: path)
    let byID = try MapHandle(id: map.id)
    let info = try byID.info()
    seen.append("\(sameID) \(info.name) \(info.type) \(info.keySize) \(info.valueSize) \(info.maxEntries)")
    seen.append("\(try byID.descriptorInfo().type == .hash) \(try MapHandle.ids().contains(map.id))")
    try map.freeze()
    seen.append("frozen \(try map.descriptorInfo().isFrozen == true)")
    seen.append("supported \(try MapType.bloomFilter.isSupported())")
    return seen.joined(separator: "\n")
  }

  /// Uses maps with BTF types, which are checked when the maps are opened. If the process may not read the types, they
  /// are not checked.
  static let typedMaps = Scenario(name: "typed-maps", documentedDifferences: [.notPermitted]) {
    surroundings in
    let types = MapOptions.BTF(
      descriptor: surroundings.types.fileDescriptor, keyTypeID: FixtureBTF.int32,
      valueTypeID: FixtureBTF.uint64)
    let handle = try MapHandle(
      type: .hash, keySize: 4, valueSize: 8, maxEntries: 8, options: MapOptions(btf: types))
    let map = try HashMap<Int32, UInt64>(handle)
    try map.update(contentsOf: (1...4).map { (Int32($0), UInt64($0) * 10) })
    var seen = ["\(try map.lookup(3) ?? 0)", "\(try map.entries().map(\.value).sorted())"]
    let reopened = try HashMap<Int32, UInt64>(id: handle.id)
    seen.append(
      "\(try reopened.count()) \(try reopened.lookupAndDelete(1) ?? 0) \(try reopened.drain().count)")
    do throws(BPFError) {
      _ = try HashMap<Int32, Double>(handle)
      seen.append("opened a map of integers as one of floating-point numbers")
    } catch {
      guard error.code == .typeMismatch else { throw error }
      seen.append("\(error.code)")
    }

    let slots = try ArrayMap<UInt64>(maxEntries: 3)
    try slots.update(1, to: 5)
    seen.append("\(Array(try slots.values()))")
    let counters = try PerCPUArrayMap<UInt64>(maxEntries: 2)
    try counters.update(1, toAll: 1)
    seen.append("\(try counters.lookup(1)?.sum() == UInt64(PossibleCPUs.current().count))")
    return seen.joined(separator: "\n")
  }
}
