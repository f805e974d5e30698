//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

package import BPFSyscall
internal import SystemPackage

/// A kernel version, as programs compare it.
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
  /// Returns the version of the running kernel.
  ///
  /// uname(2)'s release has the version on nearly all systems. Ubuntu and Debian keep its last number at 0 for module
  /// compatibility, and report the actual version elsewhere.
  ///
  /// System calls: uname(2); open(2), lseek(2), read(2), close(2) for up to two files of /proc.
  ///
  /// - Throws: `BPFError` with `BPFError.Code.unavailable` if the version is unknown, `BPFError.Code.outOfResources`
  ///   if no descriptor is left to read the files.
  package static func running() throws(BPFError) -> KernelVersion {
    let release = KernelRelease.runningText
    let version = KernelVersion(
      signature: try file("/proc/version_signature"), version: try file("/proc/sys/kernel/version"),
      release: release)
    guard let version else {
      throw BPFError(
        .readConfiguration, .unavailable, "the kernel's version is unknown: its release is '\(release)'")
    }
    return version
  }

  /// Returns the text of an optional file in /proc.
  private static func file(_ path: FilePath) throws(BPFError) -> String? {
    do throws(Errno) {
      return try KernelFile.textIfReadable(path)
    } catch {
      throw KernelFile.failure(
        .readConfiguration, reading: path, error, path: path, "the kernel's version is not known")
    }
  }
}

// MARK: - Reading

extension KernelVersion {
  /// Parses a kernel version; nil if no text contains one.
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

  /// Parses three numbers separated by dots, ignoring the rest.
  private init?(_ text: Substring) {
    let numbers = text.prefix { $0.isNumber || $0 == "." }.split(separator: ".")
    guard numbers.count >= 3, let major = UInt16(numbers[0]), let minor = UInt8(numbers[1]),
      let patch = UInt32(numbers[2])
    else { return nil }
    (self.major, self.minor, self.patch) = (major, minor, patch)
  }
}
