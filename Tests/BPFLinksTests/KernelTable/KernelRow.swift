//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// A feature that kernels have or lack: a row of the page "Which kernel has what".
struct KernelRow: Sendable, CustomStringConvertible {
  /// The heading of its table.
  var section: String
  var name: String
  /// The first release with the feature, according to the library or its documentation.
  var since: String
  /// Whether it also depends on the kernel's configuration, so that a newer kernel may lack it.
  var isConfigured = false
  /// Whether stable updates brought it to older kernels.
  var isBackported = false
  /// Returns whether the running kernel has the feature.
  var isThere: @Sendable () throws -> Bool

  var description: String { "\(section): \(name)" }
}

extension KernelRow {
  /// All rows, in the order of the page.
  static let all: [KernelRow] =
    features + mapTypes + mapCalls + mapMemory + programTypes + programCalls + attachTypes + attachments
    + types
}
