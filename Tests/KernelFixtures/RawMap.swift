//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import CKernelFixtures
import SystemPackage

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// A map accessed through raw bpf(2), independently of `MapHandle`. Operations return the error, or `nil` for success,
/// instead of throwing it.
package final class RawMap: Sendable {
  package let descriptor: FixtureDescriptor
  private var number: Int32 { descriptor.number }

  package init(adopting descriptor: FixtureDescriptor) { self.descriptor = descriptor }

  // MARK: - Creating and opening

  package convenience init(
    type: UInt32, keySize: Int, valueSize: Int, maxEntries: Int, flags: UInt32 = 0, name: String = ""
  ) throws(FixtureError) {
    try self.init(
      type: type, keySize: keySize, valueSize: valueSize, maxEntries: maxEntries, flags: flags,
      nameBytes: Array(name.utf8))
  }

  /// Creates a map with a name of any bytes: the kernel does not require UTF-8.
  package convenience init(
    type: UInt32, keySize: Int, valueSize: Int, maxEntries: Int, flags: UInt32 = 0, nameBytes: [UInt8]
  ) throws(FixtureError) {
    var arguments = kf_map_arguments()
    arguments.type = type
    arguments.key_size = UInt32(keySize)
    arguments.value_size = UInt32(valueSize)
    arguments.max_entries = UInt32(maxEntries)
    arguments.flags = flags
    withUnsafeMutableBytes(of: &arguments.name) { $0.copyBytes(from: nameBytes.prefix(15)) }
    let map = try check(kf_map_create(&arguments), "create a map of type \(type)")
    self.init(adopting: FixtureDescriptor(adopting: map))
  }

  package convenience init(id: UInt32) throws(FixtureError) {
    let map = try check(kf_map_open_by_id(id, 0), "open map \(id)")
    self.init(adopting: FixtureDescriptor(adopting: map))
  }

  /// Returns whether a map with `id` exists.
  package static func exists(id: UInt32) -> Bool { (try? RawMap(id: id)) != nil }

  /// Returns whether the kernel has freed the map with `id`. Waits up to ten seconds, since the kernel frees maps some
  /// time after the last descriptor is closed.
  package static func isFreed(id: UInt32) -> Bool {
    for _ in 0..<1000 {
      guard exists(id: id) else { return true }
      usleep(10_000)
    }
    return !exists(id: id)
  }

  /// Returns the IDs of all maps, ascending.
  package static func ids() -> [UInt32] {
    var ids: [UInt32] = []
    var id: UInt32 = 0
    while kf_map_next_id(id, &id) == 0 { ids.append(id) }
    return ids
  }

  package func info() throws(FixtureError) -> kf_map_info {
    var info = kf_map_info()
    try check(kf_map_info(number, &info), "read the info of a map")
    return info
  }

  // MARK: - Elements

  /// Returns the value for `key` (empty for none), `stride` bytes, or the kernel's error.
  package func lookup(_ key: [UInt8], stride: Int, flags: UInt64 = 0) -> Result<[UInt8], Errno> {
    var value = [UInt8](repeating: 0, count: stride)
    let result = kf_map_lookup(number, key.isEmpty ? nil : key, &value, flags)
    return result < 0 ? .failure(Errno(rawValue: -result)) : .success(value)
  }

  package func update(_ key: [UInt8], to value: [UInt8], flags: UInt64 = 0) -> Errno? {
    refusal(kf_map_update(number, key.isEmpty ? nil : key, value, flags))
  }

  package func delete(_ key: [UInt8]) -> Errno? { refusal(kf_map_delete(number, key)) }

  package func freeze() -> Errno? { refusal(kf_map_freeze(number)) }

  private func refusal(_ result: Int32) -> Errno? { result < 0 ? Errno(rawValue: -result) : nil }
}
