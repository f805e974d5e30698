//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import Glibc

/// A release of Linux, by its first two numbers, which date the features of bpf(2).
package struct KernelRelease: Hashable, Comparable, Sendable {
  package let major: Int
  package let minor: Int

  /// The release that a text begins with: `6.18`, `6.18.44-generic` or `Linux 6.18`; nil if it begins with none.
  package init?(_ text: some StringProtocol) {
    let numbers = text.drop { !$0.isNumber }.split(separator: ".", maxSplits: 2)
    guard numbers.count >= 2, let major = Int(numbers[0]), let minor = Int(numbers[1].prefix { $0.isNumber })
    else { return nil }
    (self.major, self.minor) = (major, minor)
  }

  package static func < (left: KernelRelease, right: KernelRelease) -> Bool {
    (left.major, left.minor) < (right.major, right.minor)
  }

  // MARK: - The running kernel

  /// What the running kernel calls its release, such as `6.18.44-generic`. uname(2), which needs no file system.
  package static var runningText: String {
    var name = utsname()
    guard unsafe uname(&name) == 0 else { return "" }
    return unsafe withUnsafeBytes(of: &name.release) { release in
      unsafe String(decoding: release.prefix { $0 != 0 }, as: UTF8.self)
    }
  }

  /// The running kernel's release; nil if its name is none.
  package static var running: KernelRelease? { KernelRelease(runningText) }

  /// Whether the running kernel is older than a release, such as `6.19`.
  package static func isOlder(than release: String, running: KernelRelease? = .running) -> Bool {
    guard let running, let release = KernelRelease(release) else { return false }
    return running < release
  }

  /// The end of a sentence that says that the running kernel lacks something: since when Linux has it, if this kernel is
  /// older, and otherwise that this kernel was built without it.
  ///
  /// - Parameter release: the first release that had it, such as `6.19`.
  package static func requirement(_ release: String, running text: String = runningText) -> String {
    let release = release.drop { !$0.isNumber }
    guard let running = KernelRelease(text), let needed = KernelRelease(release) else {
      return "it takes Linux \(release) or later"
    }
    return running < needed
      ? "it takes Linux \(release) or later, and this is Linux \(text)"
      : "Linux \(release) and later have it, but this Linux \(text) was built or configured without it"
  }
}
