//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

package import BPFSyscall

/// The properties that determine whether two maps are equivalent: type, sizes, flags and `map_extra`.
///
/// The kernel does not keep every property as requested. A shape has the values that the kernel keeps, so the shape of
/// a request equals the shape of the map created from it.
package struct CreatedMapShape: Hashable, Sendable {
  /// The type.
  package let type: MapType
  /// The size of a key in bytes.
  package let keySize: Int
  /// The size of a value in bytes.
  package let valueSize: Int
  /// The maximum number of elements; the size of a ring buffer in bytes, or the pages of an arena.
  package let maxEntries: Int
  /// The flags that a request chooses and the kernel keeps.
  package let flags: MapCreateFlags
  /// The map's `map_extra`.
  package let extra: UInt64

  /// Creates the shape of the map that the kernel creates from a request.
  ///
  /// - Throws: `BPFError` if the number of possible CPUs is needed and cannot be read.
  package init(
    requested type: MapType, keySize: Int, valueSize: Int, maxEntries: Int, flags: MapCreateFlags,
    extra: UInt64
  ) throws(BPFError) {
    (self.type, self.keySize, self.valueSize, self.extra) = (type, keySize, valueSize, extra)
    self.maxEntries = try type.maxEntries(createdFrom: maxEntries, flags)
    self.flags = flags.subtracting(CreatedMapShape.flagsOfRequest).subtracting(type.facts.addedFlags)
  }

  /// Creates the shape of an existing map.
  package init(of map: MapInfo) {
    (type, keySize, valueSize, maxEntries) = (map.type, map.keySize, map.valueSize, map.maxEntries)
    flags = map.flags.subtracting(CreatedMapShape.flagsOfRequest).subtracting(map.type.facts.addedFlags)
    extra = map.extra
  }

  /// Returns how this shape of an existing map differs from a wanted one, each as a clause.
  ///
  /// - Parameter owner: the wanted map in the possessive, such as `the object's`.
  package func differences(from wanted: CreatedMapShape, _ owner: String) -> [String] {
    var differences: [String] = []
    func compare<T: Equatable>(_ property: String, _ theirs: T, _ ours: T) {
      if theirs != ours { differences.append("its \(property) is \(theirs), and \(owner) \(ours)") }
    }
    compare("type", type, wanted.type)
    compare("key size", keySize, wanted.keySize)
    compare("value size", valueSize, wanted.valueSize)
    compare("max_entries", maxEntries, wanted.maxEntries)
    compare("map_flags", flags, wanted.flags)
    compare("map_extra", extra, wanted.extra)
    return differences
  }

  /// The flags that the kernel drops from a request: access flags belong to the descriptor that creates the map, and a
  /// token to the request.
  private static let flagsOfRequest: MapCreateFlags = [.readOnly, .writeOnly, .token]
}

// `CreatedMapShapeTests` compares the properties that the kernel changes with the running kernel, for every type and
// flag.

extension MapType {
  /// Returns the `max_entries` that the kernel stores for a request.
  ///
  /// With `BPF_F_NO_COMMON_LRU`, an LRU map has an equal number of elements for each possible CPU. The kernel rounds
  /// up, or down if the result does not fit 32 bits.
  fileprivate func maxEntries(createdFrom requested: Int, _ flags: MapCreateFlags) throws(BPFError) -> Int {
    guard facts.isLRU, flags.contains(.noCommonLRU) else { return requested }
    let cpus = try PossibleCPUs.current().count
    let excess = requested % cpus
    guard excess != 0 else { return requested }
    let roundedUp = requested - excess + cpus
    return roundedUp <= Int(UInt32.max) ? roundedUp : requested - excess
  }
}
