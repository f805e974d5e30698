//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// The method by which a sweep reads the elements of a map.
enum SweepPath: Sendable {
  /// Batch look-ups. With an order, the kernel continues from the last key and may start over.
  case batches(KeyOrder?)
  /// One look-up for each index.
  case indices
  /// The next key, then a look-up.
  case steps(KeyOrder)
}

extension MapType {
  /// The sweep path for maps of this type, or nil if they cannot be swept.
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

  /// The reason why maps of this type cannot be swept.
  var sweepRefusal: String {
    switch self {
    case .queue, .stack: "the elements of \(withArticle) can only be popped: use drain"
    case .bloomFilter: "a Bloom filter cannot list its values"
    case .ringBuf, .userRingBuf: "\(withArticle) map has no elements: it is read and written through memory"
    case .arena: "an arena has no elements: it is memory"
    default:
      "the elements of \(withArticle) map belong to kernel objects; only an iterator program can walk them"
    }
  }

  /// The sweep path for a type with batches, on kernels that do not support them.
  var sweepPathWithoutBatches: SweepPath {
    switch self {
    case .lpmTrie: .steps(.prefix)
    case .array, .perCPUArray, .arrayOfMaps: .indices
    default: .steps(.unknown)
    }
  }
}

extension MapHandle {
  /// Whether look-ups show which indices of the map hold an object.
  ///
  /// User space can store sockets (in a map with 4-byte values), perf events and control groups, but not look them up.
  var showsElements: Bool {
    switch type {
    case .perfEventArray, .cgroupArray, .xskMap: false
    default: !type.traits.contains(.holdsSockets) || valueSize == 8
    }
  }
}
