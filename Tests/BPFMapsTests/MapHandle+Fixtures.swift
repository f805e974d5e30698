//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import BPFMaps
import KernelFixtures

extension MapHandle {
  /// Creates a map under test, with a name that is unique on the machine.
  static func fixture(
    _ type: MapType, keySize: Int? = nil, valueSize: Int = 8, maxEntries: Int = 16,
    flags: MapCreateFlags = []
  ) throws(BPFError) -> MapHandle {
    let isTrie = type == .lpmTrie
    let options = MapOptions(flags: flags.union(type.facts.requiredFlags))
    return try MapHandle(
      type: type, name: UniqueName.next(), keySize: keySize ?? (type.isKeyless ? 0 : isTrie ? 8 : 4),
      valueSize: valueSize, maxEntries: maxEntries, options: options)
  }

  /// Creates a map of values with a spin lock: `struct locked_value { int counter; struct bpf_spin_lock lock; }`.
  static func locked(_ type: MapType = .hash, maxEntries: Int = 16) throws -> MapHandle {
    let btf = try FixtureDescriptor.btf()
    let types = MapOptions.BTF(
      descriptor: btf.fileDescriptor, keyTypeID: FixtureBTF.int32, valueTypeID: FixtureBTF.lockedValue)
    return try withExtendedLifetime(btf) {
      try MapHandle(
        type: type, name: UniqueName.next(), keySize: 4, valueSize: 8, maxEntries: maxEntries,
        options: MapOptions(btf: types))
    }
  }

  /// The same map through raw bpf(2).
  var raw: RawMap { get throws(FixtureError) { try RawMap(id: id.rawValue) } }

  /// Writes an element for each of `keys` with raw bpf(2). The value is the key as a 64-bit number.
  func fill(_ keys: some Sequence<UInt32>) throws {
    let map = try raw
    for key in keys {
      let refusal = map.update(key.bytes, to: UInt64(key).bytes)
      if let refusal { throw FixtureError(operation: "fill \(self)", errno: refusal) }
    }
  }
}
