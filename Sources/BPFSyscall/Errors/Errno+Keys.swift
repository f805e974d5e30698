//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import CLibrary
package import SystemPackage

extension Errno {
  /// No key has been found. `ENOKEY`.
  package static let noKey = Errno(rawValue: ENOKEY)
  /// A key did not make a signature. `EKEYREJECTED`.
  package static let keyRejected = Errno(rawValue: EKEYREJECTED)
}
