//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Generates unique map names, since tests run in parallel and the machine may have other maps.
package enum UniqueName {
  private static let counter = Atomic<Int>(0)

  /// Returns a valid map name: at most 15 bytes of letters, digits and `_`.
  package static func next() -> String {
    let number = counter.wrappingAdd(1, ordering: .relaxed).newValue
    return "t\(String(getpid(), radix: 36))_\(String(number, radix: 36))"
  }
}
