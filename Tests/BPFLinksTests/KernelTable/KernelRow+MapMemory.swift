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

// The map types with elements or records in the memory of a process, and those whose values may contain fields that the
// kernel manages.

extension KernelRow {
  static let mapMemory: [KernelRow] =
    [
      mapped(.array, .mmapable, since: "5.5"), mapped(.ringBuf, since: "5.8"),
      mapped(.userRingBuf, since: "6.1"), mapped(.arena, .mmapable, since: "6.9"),
    ] + fields

  private static let fields: [KernelRow] = [
    managed(
      .spinLock,
      [
        (.hash, "5.1"), (.array, "5.1"), (.cgroupStorage, "5.1"), (.skStorage, "5.2"),
        (.inodeStorage, "5.10"), (.taskStorage, "5.11"), (.cgrpStorage, "6.2"), (.rhash, "7.2"),
      ]),
    managed(
      .resilientSpinLock,
      [.hash, .array, .cgroupStorage, .skStorage, .inodeStorage, .taskStorage, .cgrpStorage].map {
        ($0, "6.15")
      } + [(.rhash, "7.2")]),
    managed(.timer, [.hash, .array, .lruHash].map { ($0, "5.15") } + [(.rhash, "7.2")]),
    managed(.workQueue, [.hash, .array, .lruHash].map { ($0, "6.10") } + [(.rhash, "7.2")]),
    managed(.taskWork, [.hash, .array, .lruHash].map { ($0, "6.18") } + [(.rhash, "7.2")]),
    managed(
      .kernelPointer,
      [
        (.hash, "5.19"), (.array, "5.19"), (.lruHash, "5.19"), (.perCPUArray, "6.1"), (.perCPUHash, "6.4"),
        (.lruPerCPUHash, "6.4"), (.skStorage, "6.4"), (.inodeStorage, "6.4"), (.taskStorage, "6.4"),
        (.cgrpStorage, "6.4"), (.rhash, "7.2"),
      ]),
    managed(.userPointer, [(.taskStorage, "6.13")]),
  ].flatMap { $0 }

  private static func row(
    _ name: String, since release: String, isThere: @escaping @Sendable () throws -> Bool
  ) -> KernelRow {
    KernelRow(section: "Memory of maps", name: name, since: release, isThere: isThere)
  }

  /// Returns the row of a map type that mmap(2) accepts.
  private static func mapped(
    _ type: MapType, _ flags: MapCreateFlags = [], since release: String
  ) -> KernelRow {
    row("mmap: \(type)", since: release) {
      try KernelReply.isTaken {
        let map = try MapHandle.smallest(type, MapOptions(flags: flags))
        try map.withFileDescriptor { descriptor throws(Errno) in
          let memory = mmap(nil, pageSize, PROT_READ, MAP_SHARED, descriptor.rawValue, 0)
          guard memory != MAP_FAILED else { throw Errno(rawValue: errno) }
          munmap(memory, pageSize)
        }
      }
    }
  }

  /// Returns the rows of a field, one for each map type.
  private static func managed(
    _ field: ManagedField, _ types: [(type: MapType, release: String)]
  ) -> [KernelRow] {
    types.map { type, release in
      row("\(field.name): \(type)", since: release) { try field.isAccepted(in: type) }
    }
  }
}
