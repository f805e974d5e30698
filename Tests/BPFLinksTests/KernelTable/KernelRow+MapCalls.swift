//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import BPFSyscall
import KernelFixtures

extension KernelRow {
  static let mapCalls: [KernelRow] = [
    mapCall("batches: hash", since: "5.6") { try readsBatches(.hash) },
    mapCall("batches: percpu_array", since: "5.13") { try readsBatches(.perCPUArray) },
    mapCall("batches: lpm_trie", since: "5.13") { try readsBatches(.lpmTrie) },
    mapCall("batches: hash_of_maps", since: "5.19") { try readsBatches(.hashOfMaps) },
    mapCall("lookup and delete: queue", since: "4.20") {
      try KernelReply.isTaken { _ = try MapHandle.smallest(.queue).lookupAndDelete([]) }
    },
    mapCall("lookup and delete: hash", since: "5.14") {
      try KernelReply.isTaken { _ = try MapHandle.smallest(.hash).lookupAndDelete(UInt32(1).bytes) }
    },
    mapCall("lookup and delete: stack_trace", since: "6.18") {
      try KernelReply.isTaken { _ = try MapHandle.smallest(.stackTrace).lookupAndDelete(UInt32(1).bytes) }
    },
    mapCall("one CPU of a per-CPU map (BPF_F_CPU)", since: "7.0") {
      try KernelReply.isTaken {
        _ = try MapHandle.smallest(.perCPUArray).lookup(UInt32(0).bytes, flags: .cpu(0))
      }
    },
    creation("BPF_F_INNER_MAP", .array, .innerMap, since: "5.10"),
    creation("BPF_F_PRESERVE_ELEMS", .perfEventArray, .preserveElements, since: "5.10"),
    creation("BPF_F_SEGV_ON_FAULT", .arena, [.mmapable, .segvOnFault], since: "6.9"),
    creation("BPF_F_NO_USER_CONV", .arena, [.mmapable, .noUserConversion], since: "6.9"),
    creation("BPF_F_RB_OVERWRITE", .ringBuf, .ringBufferOverwrite, since: "6.19"),
    mapCall("map_extra", since: "5.16") {
      try KernelReply.isTaken { _ = try MapHandle.smallest(.bloomFilter, MapOptions(extra: 3)) }
    },
    mapCall("tokens", since: "6.9") { try knowsTokens() },
    mapCall("exclusive maps (excl_prog_hash)", since: "6.18") {
      let options = MapOptions(exclusiveProgramHash: [UInt8](repeating: 1, count: 32))
      return try KernelReply.isTaken { _ = try MapHandle.smallest(.array, options) }
    },
  ]

  private static func mapCall(
    _ name: String, since release: String, isThere: @escaping @Sendable () throws -> Bool
  ) -> KernelRow {
    KernelRow(section: "Map operations and flags", name: name, since: release, isThere: isThere)
  }

  private static func creation(
    _ name: String, _ type: MapType, _ flags: MapCreateFlags, since release: String
  ) -> KernelRow {
    mapCall("\(type) with \(name)", since: release) {
      try KernelReply.isTaken { _ = try MapHandle.smallest(type, MapOptions(flags: flags)) }
    }
  }

  private static func readsBatches(_ type: MapType) throws -> Bool {
    var options = MapOptions(flags: type == .lpmTrie ? .noPrealloc : [])
    if type == .hashOfMaps { options.innerMap = try MapHandle.smallest(.array) }
    let map = try MapHandle.smallest(type, options)
    var cursor = MapCursor()
    return try KernelReply.isTaken { _ = try map.lookupBatch(&cursor, count: 1) }
  }

  /// Returns whether the kernel looks up the token of a request.
  private static func knowsTokens() throws -> Bool {
    var creation = BPFCommand.MapCreation(
      type: MapType.array.rawValue, keySize: 4, valueSize: 4, maxEntries: 1)
    (creation.flags, creation.token) = (MapCreateFlags.token.rawValue, FileDescriptor(rawValue: -1))
    return try KernelReply.isLookedFor([.badFileDescriptor]) { _ = try BPFCommand.mapCreate(creation) }
  }
}

extension MapHandle {
  /// Creates a minimal map of a type.
  static func smallest(_ type: MapType, _ options: MapOptions = MapOptions()) throws -> MapHandle {
    let isRing = type == .ringBuf || type == .userRingBuf
    return try MapHandle(
      type: type, name: UniqueName.next(), keySize: type.isKeyless ? 0 : type == .lpmTrie ? 8 : 4,
      valueSize: isRing || type == .arena ? 0 : type == .stackTrace ? 8 : 4,
      maxEntries: isRing ? 65536 : 1, options: options)
  }
}
