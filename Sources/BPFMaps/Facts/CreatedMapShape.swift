//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

package import BPFSyscall

/// The properties that decide whether a map is like another one: type, sizes, flags and `map_extra`.
///
/// The kernel does not keep every property as it was requested. A shape holds what the kernel keeps, so the shape of a
/// request equals the shape of the map that was created from it.
package struct CreatedMapShape: Hashable, Sendable {
  /// The type.
  package let type: MapType
  /// Bytes of a key.
  package let keySize: Int
  /// Bytes of a value.
  package let valueSize: Int
  /// The number of elements; bytes of a ring buffer, pages of an arena.
  package let maxEntries: Int
  /// The flags that a request can choose, and that the kernel keeps with the map.
  package let flags: MapCreateFlags
  /// `map_extra`.
  package let extra: UInt64

  /// The shape of the map that the kernel creates from a request.
  ///
  /// - Throws: `BPFError` if the number of possible CPUs matters and cannot be read.
  package init(
    requested type: MapType, keySize: Int, valueSize: Int, maxEntries: Int, flags: MapCreateFlags,
    extra: UInt64
  ) throws(BPFError) {
    (self.type, self.keySize, self.valueSize, self.extra) = (type, keySize, valueSize, extra)
    self.maxEntries = try type.maxEntries(createdFrom: maxEntries, flags)
    self.flags = flags.subtracting(type.flagsOutsideShape)
  }

  /// The shape of a map.
  ///
  /// System calls: one, `BPF_OBJ_GET_INFO_BY_FD`.
  ///
  /// - Throws: `BPFError` with the kernel's answer.
  package init(of map: MapHandle) throws(BPFError) {
    (type, keySize, valueSize, maxEntries) = (map.type, map.keySize, map.valueSize, map.maxEntries)
    flags = map.flags.subtracting(map.type.flagsOutsideShape)
    extra = try map.info().extra
  }
}

// What the kernel changes when it creates a map. `CreatedMapShapeTests` compares this with the running kernel, for every type and
// flag.

extension MapType {
  /// The flags that the kernel drops from a request or adds to it.
  ///
  /// Access flags belong to the descriptor that creates the map, and a token to the request. Programs may only read the
  /// elements of a devmap, so the kernel adds `BPF_F_RDONLY_PROG` (since Linux 5.4; a request may not have it).
  fileprivate var flagsOutsideShape: MapCreateFlags {
    let ofRequest: MapCreateFlags = [.readOnly, .writeOnly, .token]
    return switch self {
    case .devMap, .devMapHash: ofRequest.union(.readOnlyProgram)
    default: ofRequest
    }
  }

  /// Returns the number of elements that the kernel makes of a request.
  ///
  /// An LRU map with a list for each CPU (`BPF_F_NO_COMMON_LRU`) has the same number of elements for each possible CPU: the
  /// kernel rounds up, or down where 32 bits do not hold the result.
  fileprivate func maxEntries(createdFrom requested: Int, _ flags: MapCreateFlags) throws(BPFError) -> Int {
    guard self == .lruHash || self == .lruPerCPUHash, flags.contains(.noCommonLRU) else { return requested }
    let cpus = try PossibleCPUs.current().count
    let excess = requested % cpus
    guard excess != 0 else { return requested }
    let roundedUp = requested - excess + cpus
    return roundedUp <= Int(UInt32.max) ? roundedUp : requested - excess
  }
}
