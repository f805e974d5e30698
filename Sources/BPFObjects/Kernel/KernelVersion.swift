//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

package import BPFSyscall
internal import SystemPackage

/// The version of a kernel, as programs compare it.
package struct KernelVersion: Hashable, Sendable {
  package let major: UInt16
  package let minor: UInt8
  package let patch: UInt32

  /// `KERNEL_VERSION(major, minor, patch)` of the kernel's `linux/version.h`, where a patch above 255 counts as 255.
  package var code: UInt32 {
    UInt32(major) << 16 | UInt32(minor) << 8 | min(patch, 255)
  }
}

// MARK: - The running kernel

extension KernelVersion {
  /// The version of the running kernel.
  ///
  /// The release of uname(1) is what tells it nearly everywhere. Ubuntu and Debian keep the last number of theirs at 0
  /// for the sake of modules, and tell the version that the kernel was built from elsewhere.
  ///
  /// System calls: open(2), lseek(2), read(2), close(2) for up to three files of /proc.
  ///
  /// - Throws: `BPFError` with `BPFError.Code.unavailable` if it cannot be told.
  package static func running() throws(BPFError) -> KernelVersion {
    let version = KernelVersion(
      signature: try? KernelFile.read("/proc/version_signature"),
      version: try? KernelFile.read("/proc/sys/kernel/version"), release: release())
    guard let version else {
      throw BPFError(
        .readConfiguration, .unavailable, path: "/proc/sys/kernel/osrelease",
        "the kernel's version cannot be told: \(release().map { "the release is '\($0)'" } ?? "is /proc mounted?")"
      )
    }
    return version
  }

  /// The release of the running kernel, `uname -r`; nil without /proc.
  static func release() -> String? {
    guard let text = try? KernelFile.read("/proc/sys/kernel/osrelease") else { return nil }
    return text.split(whereSeparator: \.isWhitespace).first.map(String.init)
  }
}

// MARK: - Reading

extension KernelVersion {
  /// The version of a kernel by what it says of itself; nil if it says nothing of the kind.
  ///
  /// - Parameters:
  ///   - signature: Ubuntu's /proc/version_signature: `Ubuntu 5.4.0-12.15-generic 5.4.8`.
  ///   - version: `uname -v`, where Debian has it: `#1 SMP Debian 5.10.140-1 (2022-09-02)`.
  ///   - release: `uname -r`.
  init?(signature: String?, version: String?, release: String?) {
    let ubuntu = signature.flatMap { $0.split(whereSeparator: \.isWhitespace).dropFirst(2).first }
    let debian = version.flatMap { text in text.firstRange(of: "Debian ").map { text[$0.upperBound...] } }
    for text in [ubuntu, debian, release.map { $0[...] }] {
      guard let version = text.flatMap(KernelVersion.init) else { continue }
      self = version
      return
    }
    return nil
  }

  /// Reads three numbers with points between them, whatever follows.
  private init?(_ text: Substring) {
    let numbers = text.prefix { $0.isNumber || $0 == "." }.split(separator: ".")
    guard numbers.count >= 3, let major = UInt16(numbers[0]), let minor = UInt8(numbers[1]),
      let patch = UInt32(numbers[2])
    else { return nil }
    (self.major, self.minor, self.patch) = (major, minor, patch)
  }
}
