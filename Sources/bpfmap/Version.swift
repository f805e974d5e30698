//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// The version of the package.
enum Version {
  /// The version that `bpfmap --version` prints, and that names a release.
  static let current = "0.1.0"
}
