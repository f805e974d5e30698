//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import SystemPackage

/// A function whose name matches a pattern, but which cannot be probed. See ``Link/skippedFunctions``.
public struct SkippedFunction: Hashable, Sendable, CustomStringConvertible {
  /// The function's name; for a kernel function without a known name, its address, such as `0xffffffff81000000`.
  public let name: String

  /// The reason why it cannot be probed.
  public let reason: String

  /// The kernel's errno; nil if the kernel was not asked.
  public let errno: Errno?

  /// The name and the reason.
  public var description: String { "\(name): \(reason)" }

  init(_ name: String, _ reason: String, errno: Errno? = nil) {
    (self.name, self.reason, self.errno) = (name, reason, errno)
  }
}

extension [SkippedFunction] {
  /// Returns the first functions with their reasons, and the number of the others.
  func descriptions(first count: Int) -> String {
    let more = self.count > count ? "; and \(self.count - count) more" : ""
    return prefix(count).map(\.description).joined(separator: "; ") + more
  }
}
