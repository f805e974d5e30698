//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import CLibrary
internal import CLinuxBPF
package import SystemPackage

/// The process's environment.
package enum Environment {
  /// The value of an environment variable; nil if it is not set.
  package static subscript(name: String) -> String? {
    unsafe getenv(name).map { unsafe String(cString: $0) }
  }

  /// The process id.
  package static var processID: Int32 { getpid() }

  /// The processor's x86-64 psABI level, 1 to 4; 0 on other processors.
  package static var x86Level: Int { Int(x86_64_level()) }
}

extension FilePath {
  /// Whether the path is a file that this process may execute. access(2).
  package var isExecutableFile: Bool { unsafe withPlatformString { unsafe access($0, X_OK) == 0 } }

  /// Returns the target of a symbolic link, unresolved; nil for any other file. readlink(2).
  package func symbolicLinkTarget() throws(Errno) -> FilePath? {
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
    let length = unsafe withPlatformString { unsafe readlink($0, &buffer, buffer.count) }
    guard length < 0 else {
      return FilePath(
        String(decoding: buffer[..<length].map { UInt8(truncatingIfNeeded: $0) }, as: UTF8.self))
    }
    guard errno == EINVAL else { throw Errno(rawValue: errno) }
    return nil
  }

  /// The path with all symbolic links resolved; nil if the file does not exist. realpath(3).
  package var resolved: FilePath? {
    guard let resolved = unsafe withPlatformString({ unsafe realpath($0, nil) }) else { return nil }
    defer { unsafe free(resolved) }
    return unsafe FilePath(platformString: resolved)
  }
}
