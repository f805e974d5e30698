//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import BPFSyscall

/// What kernels before a release do otherwise than the table says. The page "Which kernel has what" tells users the same.
struct MapTypeDifference: Sendable {
  var before: String
  var types: [MapType]
  var change: @Sendable (inout MapTypeRow) -> Void

  static let all: [MapTypeDifference] = [
    MapTypeDifference(before: "5.13", types: [.perCPUArray, .lpmTrie]) { $0.batch = noBatches },
    MapTypeDifference(before: "5.14", types: [.hash, .perCPUHash, .lruHash, .lruPerCPUHash]) {
      $0.take = [.enotsupp, .enotsupp]
    },
    MapTypeDifference(before: "5.19", types: [.arrayOfMaps, .hashOfMaps]) { $0.batch = noBatches },
    MapTypeDifference(before: "6.4", types: [.structOps]) { $0.flags = [] },
    // Freezing asked whether the process may use bpf(2), not whether the handle may write.
    MapTypeDifference(before: "6.5", types: MapType.allKnown) {
      ($0.secondFreeze, $0.readOnlyFreeze) = (.ebusy, .ok)
    },
    MapTypeDifference(before: "6.18", types: [.stackTrace]) { $0.take = [.enotsupp, .enotsupp] },
  ]

  private static let noBatches: [Outcome] = [.enotsupp, .enotsupp, .enotsupp, .enotsupp]
}

extension MapTypeRow {
  /// The rows of the types that the running kernel has, with what kernels of its release do.
  static let running: [MapTypeRow] = table.filter { isThere($0.type) }.map { row in
    var row = row
    for difference in MapTypeDifference.all
    where difference.types.contains(row.type) && KernelRelease.isOlder(than: difference.before) {
      difference.change(&row)
    }
    return row
  }

  /// Whether the running kernel has maps of a type; true if it does not tell.
  static func isThere(_ type: MapType) -> Bool { (try? type.isSupported()) != false }
}
