//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// How the elements of a map are gone through.
enum SweepPath: Sendable {
  /// Batch look-ups. With an order, the kernel finds its way by the last key and may start over.
  case batches(KeyOrder?)
  /// A look-up for each index.
  case indices
  /// Next key, then look-up.
  case steps(KeyOrder)
}

extension MapType {
  /// The way through maps of this type; nil where there is none.
  var sweepPath: SweepPath? {
    switch self {
    case .hash, .lruHash, .perCPUHash, .lruPerCPUHash, .hashOfMaps: .batches(nil)
    case .array, .perCPUArray, .arrayOfMaps: .batches(nil)
    case .lpmTrie: .batches(.prefix)
    case .stackTrace, .structOps: .steps(.index)
    case .devMapHash, .sockHash, .cgroupStorage, .perCPUCgroupStorage: .steps(.unknown)
    default:
      if traits.contains(.indexed) {
        .indices
      } else if isKeyless || traits.contains(.storage) {
        nil
      } else {
        .steps(.unknown)
      }
    }
  }

  /// Why maps of this type cannot be read whole.
  var sweepRefusal: String {
    switch self {
    case .queue, .stack: "the elements of \(withArticle) can only be taken out: use drain"
    case .bloomFilter: "a Bloom filter cannot list what is in it"
    case .ringBuf, .userRingBuf: "\(withArticle) map has no elements: it is read and written through memory"
    case .arena: "an arena has no elements: it is memory"
    default:
      "the elements of \(withArticle) map belong to kernel objects; only an iterator program can walk them"
    }
  }

  /// The way through maps of a type with batches where the kernel has none for it.
  var sweepPathWithoutBatches: SweepPath {
    switch self {
    case .lpmTrie: .steps(.prefix)
    case .array, .perCPUArray, .arrayOfMaps: .indices
    default: .steps(.unknown)
    }
  }
}

extension MapHandle {
  /// Whether the kernel tells which indices of the map hold something.
  ///
  /// Sockets in a map with 4-byte values, perf events and control groups can be put in, not looked up.
  var showsElements: Bool {
    switch type {
    case .perfEventArray, .cgroupArray, .xskMap: false
    default: !type.traits.contains(.holdsSockets) || valueSize == 8
    }
  }
}
