//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

extension BPFError {
  /// Returns the error for a feature that the running kernel lacks: `this kernel has no programs of type netfilter: it
  /// takes Linux 6.4 or later, and this is Linux 5.10.0`.
  ///
  /// - Parameters:
  ///   - feature: the feature, in the plural or with "no" understood before it.
  ///   - release: the first release with the feature; nil if unknown.
  package static func absence(of feature: String, since release: String?) -> BPFError {
    let reason = release.map { ": \(KernelRelease.requirement($0))" } ?? ""
    return BPFError(.probe, .unsupported, "this kernel has no \(feature)\(reason)")
  }
}
