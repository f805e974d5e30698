//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import SystemPackage

/// An error when creating a fixture: the machine is at fault, not the library.
package struct FixtureError: Error, CustomStringConvertible {
  package let operation: String
  package let errno: Errno

  package init(operation: String, errno: Errno) {
    self.operation = operation
    self.errno = errno
  }

  package var description: String { "fixture: \(operation): \(errno) (errno \(errno.rawValue))" }
}

/// Returns the `result` of a C fixture, or throws the error number that its negation stands for.
@discardableResult
func check(_ result: Int32, _ operation: @autoclosure () -> String) throws(FixtureError) -> Int32 {
  guard result < 0 else { return result }
  throw FixtureError(operation: operation(), errno: Errno(rawValue: -result))
}
