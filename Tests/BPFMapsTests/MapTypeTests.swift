//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import Testing

@testable import BPFMaps

@Suite("Map types, flags, and IDs")
struct MapTypeTests {
  @Test("Every known type has its own number, name, and traits")
  func known() {
    #expect(MapType.allKnown.map(\.rawValue) == Array(1...34))
    #expect(Set(MapType.allKnown.map(\.kernelName)).count == 34)
    for type in MapType.allKnown { #expect(MapType(kernelName: type.kernelName) == type) }
    #expect(
      MapType.allKnown.filter(\.isPerCPU) == [
        .perCPUHash, .perCPUArray, .lruPerCPUHash, .perCPUCgroupStorage,
      ])
    #expect(
      MapType.allKnown.filter(\.isKeyless) == [.queue, .stack, .ringBuf, .bloomFilter, .userRingBuf, .arena])
  }

  @Test("An unknown type keeps its number")
  func unknown() {
    let type = MapType(rawValue: 77)
    #expect(type.rawValue == 77)
    #expect(type.kernelName == "type 77")
    #expect(!type.isKnown && !type.isPerCPU && !type.isKeyless)
    #expect(type.minimumKernelVersion == nil)
    #expect(MapType(kernelName: "type 77") == nil)
    #expect(MapType(rawValue: 0).kernelName == "type 0")
    #expect(MapType(rawValue: .max).kernelName == "type 4294967295")
  }

  @Test("Flags are described by the kernel's names")
  func flags() {
    #expect(MapCreateFlags().description == "0")
    #expect(MapCreateFlags([.noPrealloc, .mmapable]).description == "BPF_F_NO_PREALLOC|BPF_F_MMAPABLE")
    #expect(MapCreateFlags(rawValue: 1 << 30 | 1).description == "BPF_F_NO_PREALLOC|0x40000000")
    for (index, named) in MapCreateFlags.named.enumerated() { #expect(named.flag.rawValue == 1 << index) }
  }

  @Test("IDs are numbers, and can be literals")
  func ids() {
    let id: MapID = 12
    #expect(id.rawValue == 12 && "\(id)" == "12" && id < 13)
  }
}
