//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// The method by which a sweep reads the elements of a map.
package enum SweepPath: Sendable {
  /// Batch look-ups. With an order, the kernel continues from the last key and may start over.
  case batches(KeyOrder?)
  /// One look-up for each index.
  case indices
  /// The next key, then a look-up.
  case steps(KeyOrder)
}

extension MapTypeFacts.Sweep {
  /// The sweep path, or nil if maps of the type cannot be swept.
  var path: SweepPath? {
    switch self {
    case .batches(let order, _): .batches(order)
    case .elements(let path): path
    case .refused: nil
    }
  }

  /// The sweep path on kernels without batches for the type.
  var pathWithoutBatches: SweepPath? {
    if case .batches(_, let withoutBatches) = self { withoutBatches } else { path }
  }

  /// The reason why maps of the type cannot be swept, or nil.
  package var refusal: String? {
    if case .refused(let reason) = self { reason } else { nil }
  }
}

extension MapHandle {
  /// Whether look-ups show which indices of the map hold an object.
  ///
  /// User space can store sockets (in a map with 4-byte values), perf events and control groups, but not look them up.
  var showsElements: Bool {
    let facts = type.facts
    return facts.isReadable && (facts.values != .socket || valueSize == 8)
  }
}
