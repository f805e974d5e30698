//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// A folder for pins, made if it is not there.
struct PinDirectory {
  private let path: FilePath
  private let isMade: Bool

  /// - Throws: `BPFError` if the folder is or would be on another file system, and `Failure`.
  init(_ path: FilePath) throws {
    try BPFFileSystem.check(path, for: .pin)
    self.path = path
    let answer = unsafe path.withPlatformString { unsafe mkdir($0, 0o700) }
    isMade = answer == 0
    guard answer == 0 || errno == EEXIST else {
      let errno = Errno(rawValue: errno)
      throw Failure.failed("the folder '\(path)' cannot be made: \(errno)", errno)
    }
  }

  /// Removes the folder again, if it was made here and nothing is in it.
  func removeIfMade() {
    if isMade { _ = unsafe path.withPlatformString { unsafe rmdir($0) } }
  }
}
