//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF

extension Check {
  static var maps: [Check] {
    [
      Check(name: "every map type is probed") {
        let supported = try MapType.allKnown.filter { try $0.isSupported() }
        print("        \(supported.count) of \(MapType.allKnown.count) map types")
        try expect(supported.contains(.hash) && supported.contains(.ringBuf), "hash and ringbuf exist")
      },
      elements(.hash), elements(.lruHash), elements(.perCPUHash), elements(.lruPerCPUHash), elements(.array),
      elements(.perCPUArray), elements(.lpmTrie),
      Check(name: "queue, stack and Bloom filter") {
        let queue = try QueueMap<UInt64>(maxEntries: 4)
        let stack = try StackMap<UInt64>(maxEntries: 4)
        for value in UInt64(1)...3 {
          try queue.push(value)
          try stack.push(value)
        }
        try expect(try queue.pop(), 1, "the oldest")
        try expect(try stack.pop(), 3, "the newest")
        let filter = try BloomFilter<UInt64>(maxEntries: 100)
        try filter.insert(77)
        try expect(try filter.mayContain(77), "the filter contains what was inserted")
      },
      Check(name: "longest prefixes") {
        let routes = try LPMTrieMap<IPv4Address, UInt32>(maxEntries: 4)
        for (text, value) in [("10.0.0.0/8", UInt32(8)), ("10.1.0.0/16", 16)] {
          guard let prefix = AddressPrefix<IPv4Address>(text) else { throw Unmet(description: text) }
          try routes.update(prefix, to: value)
        }
        try expect(try routes.lookup(IPv4Address(10, 1, 2, 3)), 16)
        try expect(try routes.lookup(IPv4Address(10, 2, 2, 3)), 8)
      },
      Check(name: "maps of maps") {
        let inner = try ArrayMap<UInt64>(maxEntries: 2).handle
        let outer = try ArrayOfMaps(maxEntries: 2, innerMap: inner)
        try outer.update(1, to: inner)
        try expect(try outer.lookupID(1), inner.id)
      },
      Check(name: "batches") { try batches() },
      Check(name: "values of each CPU") { try perCPUValues() },
      Check(name: "mapped arrays of several pages") {
        let map = try MappedArray<UInt64>(maxEntries: pageSize)
        for index in 0..<map.count { try map.update(index, to: UInt64(index) * 3) }
        let array = try ArrayMap<UInt64>(map.handle)
        try expect(try array.lookup(pageSize - 1), UInt64(pageSize - 1) * 3)
        try map.atomics.add(2, at: 7)
        try expect(try array.lookup(7), 23)
      },
      Check(name: "freeze, pin and reopen") {
        let map = try HashMap<UInt32, UInt64>(name: "pinned", maxEntries: 4)
        try map.update(1, to: 2)
        try map.handle.freeze()
        let path: FilePath = "/sys/fs/bpf/arm64_check"
        try map.handle.pin(at: path)
        defer { try? map.handle.unpin(from: path) }
        try expect(try HashMap<UInt32, UInt64>(MapHandle(pinnedAt: path)).lookup(1), 2)
        try expect(try map.handle.descriptorInfo().isFrozen == true, "the map is frozen")
      },
      Check(name: "the kernel's types") {
        let task = try BTFTypes.vmlinux().find(.structure, named: "task_struct")
        try expect(task?.members.contains { $0.name == "tgid" } == true, "task_struct has tgid")
      },
    ]
  }

  /// Updates, looks up, sweeps and deletes elements of a type.
  private static func elements(_ type: MapType) -> Check {
    Check(name: "elements: \(type)") {
      let keySize = type == .lpmTrie ? 8 : 4
      let map = try MapHandle(
        type: type, name: "elements", keySize: keySize, valueSize: 12, maxEntries: 600,
        options: MapOptions(flags: type == .lpmTrie ? .noPrealloc : []))
      // An LRU map with few elements evicts some before it is full.
      let count = 100
      func key(_ number: Int) -> [UInt8] {
        let bytes = withUnsafeBytes(of: UInt32(number)) { Array($0) }
        return type == .lpmTrie ? withUnsafeBytes(of: UInt32(32)) { Array($0) } + bytes : bytes
      }
      func value(_ number: Int) -> [UInt8] { (0..<12).map { UInt8(truncatingIfNeeded: number &+ $0) } }
      for number in 0..<count {
        if type.isPerCPU {
          let values = try (0..<PossibleCPUs.current().count).map { value(number + $0) }
          try map.updatePerCPU(key(number), to: values)
        } else {
          try map.update(key(number), to: value(number))
        }
      }
      for number in 0..<count {
        let found = try type.isPerCPU ? map.lookupPerCPU(key(number))?.first : map.lookup(key(number))
        try expect(found, value(number))
      }
      let isArray = type == .array || type == .perCPUArray
      try expect(try map.entries().count, isArray ? 600 : count, "number of elements")
      try expect(try map.keys().count, isArray ? 600 : count, "number of keys")
      guard !isArray else { return }
      try expect(try map.delete(key(3)), "a key is deleted")
      try expect(try !map.contains(key(3)), "a deleted key is absent")
      try expect(try map.deleteAll(), count - 1, "number of deleted elements")
    }
  }

  private static func batches() throws {
    let map = try HashMap<UInt32, UInt64>(name: "batches", maxEntries: 20_000)
    try expect(
      try map.update(contentsOf: (UInt32(0)..<10_000).map { ($0, UInt64($0) * 3) }), 10_000,
      "updated elements")
    var sum: UInt64 = 0
    try map.forEachBatch { batch in for (_, value) in batch { sum += value } }
    try expect(sum, 3 * 9_999 * 5_000, "sum of all values")
    try expect(try map.drain().count, 10_000, "drained elements")
    try expect(try map.count(), 0, "remaining elements")
  }

  private static func perCPUValues() throws {
    let map = try PerCPUArrayMap<UInt32>(maxEntries: 3)
    let cpus = try PossibleCPUs.current().count
    try map.update(1, to: (0..<cpus).map { UInt32($0 + 5) })
    let values = try map.lookup(1)
    try expect(values?.count, cpus, "number of values")
    try expect(values?.sum(), (0..<cpus).reduce(0) { $0 + UInt32($1 + 5) })
  }
}
