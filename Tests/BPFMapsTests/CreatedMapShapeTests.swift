//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import BPFMaps
import KernelFixtures
import Testing

@Suite("Shapes of created maps", .kernel)
struct CreatedMapShapeTests {
  /// A map to create: key and value sizes, `max_entries`, and flags that the type accepts. 5 elements always need
  /// rounding.
  struct Request: Sendable, CustomTestStringConvertible {
    let type: MapType
    let keySize: Int
    let valueSize: Int
    let maxEntries: Int
    let flags: MapCreateFlags
    var testDescription: String { "\(type)" }

    init(
      _ type: MapType, _ keySize: Int, _ valueSize: Int, _ maxEntries: Int = 5, _ flags: MapCreateFlags = []
    ) {
      (self.type, self.keySize, self.valueSize, self.maxEntries) = (type, keySize, valueSize, maxEntries)
      self.flags = flags
    }
  }

  static let requests = [
    Request(.hash, 4, 8), Request(.array, 4, 8), Request(.programArray, 4, 4), Request(.perfEventArray, 4, 4),
    Request(.perCPUHash, 4, 8), Request(.perCPUArray, 4, 8), Request(.stackTrace, 4, 32),
    Request(.cgroupArray, 4, 4),
    Request(.lruHash, 4, 8), Request(.lruPerCPUHash, 4, 8), Request(.lpmTrie, 8, 8, 5, .noPrealloc),
    Request(.devMap, 4, 8), Request(.sockMap, 4, 8), Request(.cpuMap, 4, 8, 1), Request(.xskMap, 4, 4),
    Request(.sockHash, 4, 8), Request(.cgroupStorage, 16, 8, 0), Request(.reuseportSockArray, 4, 8),
    Request(.perCPUCgroupStorage, 16, 8, 0), Request(.queue, 0, 8), Request(.stack, 0, 8),
    Request(.devMapHash, 4, 8), Request(.ringBuf, 0, 0, 65536), Request(.bloomFilter, 0, 8),
    Request(.userRingBuf, 0, 0, 65536), Request(.arena, 0, 0, 5, .mmapable),
    Request(.rhash, 4, 8, 5, .noPrealloc),
  ]

  @Test(
    "A request's predicted shape matches the kernel's, for every accepted flag", .kernel(since: "6.9"),
    arguments: requests.filter { MapTypeRow.isAvailable($0.type) })
  func shapes(request: Request) throws {
    var created = 0
    for bit in -1..<20 {
      var flags = request.flags
      if bit >= 0 { flags.insert(MapCreateFlags(rawValue: 1 << bit)) }
      // Creates the map with raw bpf(2), and skips flags that the kernel refuses.
      guard
        let raw = try? RawMap(
          type: request.type.rawValue, keySize: request.keySize, valueSize: request.valueSize,
          maxEntries: request.maxEntries, flags: flags.rawValue)
      else { continue }
      created += 1
      let map = try MapHandle(duplicating: raw.descriptor.fileDescriptor)
      let wanted = try CreatedMapShape(
        requested: request.type, keySize: request.keySize, valueSize: request.valueSize,
        maxEntries: request.maxEntries, flags: flags, extra: 0)
      #expect(try CreatedMapShape(of: map.info()) == wanted, "flags \(flags)")
    }
    #expect(created > 0)
  }

  @Test("Rounds max_entries down if the next multiple of the CPUs exceeds 32 bits")
  func roundingDown() throws {
    let cpus = try PossibleCPUs.current().count
    let shape = try CreatedMapShape(
      requested: .lruHash, keySize: 4, valueSize: 8, maxEntries: Int(UInt32.max), flags: .noCommonLRU,
      extra: 0)
    #expect(shape.maxEntries == Int(UInt32.max) / cpus * cpus)
  }
}
