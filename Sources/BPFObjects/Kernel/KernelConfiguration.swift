//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

package import BPFSyscall
internal import SystemPackage

/// A kernel's build configuration: `CONFIG_HZ` and others, each with its value as text: `250`, `y`, `m`, `"string"`
/// with its quotes.
///
/// Searches the text on each look-up, since programs use few of ten thousand options.
package struct KernelConfiguration: Sendable {
  /// The lines, with a newline before the first and after the last.
  private let lines: [UInt8]

  private static var newline: UInt8 { UInt8(ascii: "\n") }
  private static var equals: UInt8 { UInt8(ascii: "=") }
  private static let prefix = Array("CONFIG_".utf8)

  /// The cached configuration of the running kernel.
  private static let ofRunningKernel = KernelAnswer<KernelConfiguration>()
}

// MARK: - Reading

extension KernelConfiguration {
  /// Parses a configuration in the kernel's format: lines of `CONFIG_NAME=value`. Skips other lines, such as
  /// comments; the first of duplicate options wins.
  ///
  /// - Throws: `BPFError` with `BPFError.Code.malformed` if an option's line has no value.
  package init(text: String) throws(BPFError) {
    try self.init(Array(text.utf8))
  }

  private init(_ text: [UInt8]) throws(BPFError) {
    lines = [Self.newline] + text + [Self.newline]
    let (beginning, ending) = ([Self.newline] + Self.prefix, [Self.newline])
    var place = 0
    while let start = lines.offset(of: beginning, from: place),
      let end = lines.offset(of: ending, from: start + 1)
    {
      let line = lines[start + 1..<end]
      guard let equals = line.firstIndex(of: Self.equals), equals + 1 < end else {
        throw BPFError(
          .readConfiguration, .malformed,
          "the line '\(String(decoding: line, as: UTF8.self))' has no value: CONFIG_NAME=value is expected")
      }
      place = end
    }
  }

  /// Returns the configuration of the running kernel, from the distribution's file in /boot or beside the kernel's
  /// modules (Debian since Linux 7), or else from /proc/config.gz. The first successful call caches it for the
  /// process.
  ///
  /// System calls: open(2), lseek(2), read(2), close(2) for up to four files. /proc/config.gz is there if the kernel
  /// was built with `CONFIG_IKCONFIG_PROC`. No capability.
  ///
  /// - Throws: `BPFError`; `BPFError.Code.unavailable` if there is neither, `BPFError.Code.malformed`.
  package static func running() throws(BPFError) -> KernelConfiguration {
    try ofRunningKernel.get { () throws(BPFError) in try readRunning() }
  }

  private static func readRunning() throws(BPFError) -> KernelConfiguration {
    let release = KernelRelease.runningText
    let paths: [FilePath] = [
      FilePath("/boot/config-\(release)"), FilePath("/lib/modules/\(release)/config"), "/proc/config.gz",
    ]
    for path in paths {
      guard let bytes = try bytesIfReadable(path) else { continue }
      do throws(BPFError) {
        return try KernelConfiguration(Gzip.isMember(bytes) ? Gzip.expand(bytes) : bytes)
      } catch {
        var error = error
        error.path = path
        throw error
      }
    }
    throw BPFError(
      .readConfiguration, .unavailable,
      "none of /boot/config-<release>, /lib/modules/<release>/config and /proc/config.gz (CONFIG_IKCONFIG_PROC) can be "
        + "read")
  }
}

extension KernelConfiguration {
  private static func bytesIfReadable(_ path: FilePath) throws(BPFError) -> [UInt8]? {
    do throws(Errno) {
      return try KernelFile.bytesIfReadable(path)
    } catch {
      throw KernelFile.failure(
        .readConfiguration, reading: path, error, path: path, "the kernel's configuration is not known")
    }
  }
}

// MARK: - Options

extension KernelConfiguration {
  /// Returns the text of an option's value; nil if it is unknown or not set.
  package subscript(name: String) -> String? {
    let name = Array(name.utf8)
    guard name.starts(with: Self.prefix), !name.contains(Self.equals), !name.contains(Self.newline),
      let found = lines.offset(of: [Self.newline] + name + [Self.equals])
    else { return nil }
    let value = lines[(found + name.count + 2)...].prefix { $0 != Self.newline }
    return String(decoding: value, as: UTF8.self)
  }
}
