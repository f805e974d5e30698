//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import CLibrary

/// A Linux release, by its major and minor number. Features of bpf(2) are dated by releases.
package struct KernelRelease: Hashable, Comparable, Sendable {
  package let major: Int
  package let minor: Int

  /// Parses the release at the beginning of a text: `6.18`, `6.18.44-generic` or `Linux 6.18`. Nil if there is none.
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

  /// The running kernel's release string, such as `6.18.44-generic`. uname(2), which needs no file system.
  package static var runningText: String {
    var name = utsname()
    guard unsafe uname(&name) == 0 else { return "" }
    return unsafe withUnsafeBytes(of: &name.release) { release in
      unsafe String(decoding: release.prefix { $0 != 0 }, as: UTF8.self)
    }
  }

  /// The running kernel's release; nil if its string cannot be parsed.
  package static var running: KernelRelease? { KernelRelease(runningText) }

  /// Returns whether the running kernel is older than a release, such as `6.19`.
  package static func isOlder(than release: String, running: KernelRelease? = .running) -> Bool {
    guard let running, let release = KernelRelease(release) else { return false }
    return running < release
  }

  /// Returns the end of a sentence about a missing feature. It names the required release if this kernel is older, and
  /// otherwise says that this kernel was built without the feature.
  ///
  /// - Parameter release: the first release with the feature, such as `6.19`.
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
