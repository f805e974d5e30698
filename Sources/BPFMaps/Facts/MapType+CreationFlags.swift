//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

extension MapType {
  /// The flags that maps of this type accept in Linux 6.19, or nil for an unknown type.
  ///
  /// Newer kernels may accept more. So this set explains refusals, but never causes one.
  var creationFlags: MapCreateFlags? {
    guard isKnown, self != .insnArray else { return nil }
    let access: MapCreateFlags = [.readOnly, .writeOnly]
    let programs: MapCreateFlags = [.readOnlyProgram, .writeOnlyProgram]
    return switch self {
    case .hash, .hashOfMaps: [.noPrealloc, .numaNode, .zeroSeed, access, programs]
    case .perCPUHash: [.noPrealloc, .zeroSeed, access, programs]
    case .lruHash: [.noCommonLRU, .numaNode, .zeroSeed, access, programs]
    case .lruPerCPUHash: [.noCommonLRU, .zeroSeed, access, programs]
    case .array: [.numaNode, .mmapable, .innerMap, access, programs]
    case .perCPUArray: [access, programs]
    case .lpmTrie: [.noPrealloc, .numaNode, access, programs]
    case .perfEventArray: [.numaNode, .preserveElements, access]
    case .stackTrace: [.numaNode, .stackBuildID, access]
    case .cgroupStorage, .perCPUCgroupStorage, .reuseportSockArray, .queue, .stack:
      [.numaNode, access, programs]
    case .bloomFilter: [.numaNode, .zeroSeed, access, programs]
    case .ringBuf: [.numaNode, .ringBufferOverwrite]
    case .cpuMap, .userRingBuf: .numaNode
    case .structOps: [.link, .valueTypeBTF]
    case .arena: [.mmapable, .segvOnFault, .noUserConversion]
    case _ where traits.contains(.storage): [.noPrealloc, .clone]
    default: [.numaNode, access]
    }
  }
}
