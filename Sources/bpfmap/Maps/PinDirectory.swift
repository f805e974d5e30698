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

  init(_ path: FilePath) throws(Failure) {
    self.path = path
    let answer = unsafe path.withPlatformString { unsafe mkdir($0, 0o700) }
    isMade = answer == 0
    guard answer == 0 || errno == EEXIST else {
      let errno = Errno(rawValue: errno)
      throw .failed("the folder '\(path)' cannot be made: \(errno)", errno)
    }
  }

  /// Removes the folder again, if it was made here and nothing is in it.
  func removeIfMade() {
    if isMade { _ = unsafe path.withPlatformString { unsafe rmdir($0) } }
  }
}
