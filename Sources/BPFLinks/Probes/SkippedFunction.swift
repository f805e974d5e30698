//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import SystemPackage

/// A function whose name fits a pattern, and that takes no probe. See ``Link/skippedFunctions``.
public struct SkippedFunction: Hashable, Sendable, CustomStringConvertible {
  /// The function's name; of a function of the kernel without a known name its address, such as `0xffffffff81000000`.
  public let name: String

  /// Why it takes no probe.
  public let reason: String

  /// What the kernel answered; nil if it was not asked.
  public let errno: Errno?

  /// Name and reason.
  public var description: String { "\(name): \(reason)" }

  init(_ name: String, _ reason: String, errno: Errno? = nil) {
    (self.name, self.reason, self.errno) = (name, reason, errno)
  }
}

extension [SkippedFunction] {
  /// The first functions with their reasons, and how many more there are.
  func descriptions(first count: Int) -> String {
    let more = self.count > count ? "; and \(self.count - count) more" : ""
    return prefix(count).map(\.description).joined(separator: "; ") + more
  }
}
