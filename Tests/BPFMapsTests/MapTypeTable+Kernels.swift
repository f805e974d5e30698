//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import BPFSyscall

/// A difference between the table and kernels before a release. The article "Which kernel has what" documents the same
/// differences.
struct MapTypeDifference: Sendable {
  var before: String
  var types: [MapType]
  var change: @Sendable (inout MapTypeRow) -> Void

  static let all: [MapTypeDifference] = [
    MapTypeDifference(before: "5.13", types: [.perCPUArray, .lpmTrie]) { $0.batch = noBatches },
    MapTypeDifference(before: "5.14", types: [.hash, .perCPUHash, .lruHash, .lruPerCPUHash]) {
      $0.lookupAndDelete = [.enotsupp, .enotsupp]
    },
    MapTypeDifference(before: "5.19", types: [.arrayOfMaps, .hashOfMaps]) { $0.batch = noBatches },
    MapTypeDifference(before: "6.4", types: [.structOps]) { $0.missingFlags = .link },
    // These kernels checked whether the process may use bpf(2), not whether the handle may write.
    MapTypeDifference(before: "6.5", types: MapType.allKnown) {
      ($0.secondFreeze, $0.readOnlyFreeze) = (.ebusy, .ok)
    },
    MapTypeDifference(before: "6.18", types: [.stackTrace]) { $0.lookupAndDelete = [.enotsupp, .enotsupp] },
  ]

  private static let noBatches: [Outcome] = [.enotsupp, .enotsupp, .enotsupp, .enotsupp]
}

extension MapTypeRow {
  /// The rows of the types that the running kernel supports, adjusted to its release.
  static let running: [MapTypeRow] = table.filter { isAvailable($0.type) }.map { row in
    var row = row
    for difference in MapTypeDifference.all
    where difference.types.contains(row.type) && KernelRelease.isOlder(than: difference.before) {
      difference.change(&row)
    }
    return row
  }

  /// Returns whether the running kernel supports a type; true if that is unknown.
  static func isAvailable(_ type: MapType) -> Bool { (try? type.isSupported()) != false }
}
