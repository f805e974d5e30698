//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// One thing that kernels have or lack: a row of the page "Which kernel has what".
struct KernelRow: Sendable, CustomStringConvertible {
  /// The table it is in, by its heading.
  var section: String
  var name: String
  /// The first release that has it, as the library or its documentation says.
  var since: String
  /// Whether it also depends on how a kernel was built, so that a newer kernel may lack it.
  var isConfigured = false
  /// Whether stable updates brought it to older kernels.
  var isBackported = false
  /// Asks the running kernel.
  var isThere: @Sendable () throws -> Bool

  var description: String { "\(section): \(name)" }
}

extension KernelRow {
  /// Every row, in the order of the page.
  static let all: [KernelRow] =
    features + mapTypes + mapCalls + programTypes + programCalls + attachTypes + attachments + types
}
