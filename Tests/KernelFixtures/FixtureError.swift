//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import SystemPackage

/// A fixture could not be made: the machine, not the library under test, is at fault.
package struct FixtureError: Error, CustomStringConvertible {
  package let operation: String
  package let errno: Errno

  package init(operation: String, errno: Errno) {
    self.operation = operation
    self.errno = errno
  }

  package var description: String { "fixture: \(operation): \(errno) (errno \(errno.rawValue))" }
}

/// The `result` of a C fixture, or the error that its negative value stands for.
@discardableResult
func check(_ result: Int32, _ operation: @autoclosure () -> String) throws(FixtureError) -> Int32 {
  guard result < 0 else { return result }
  throw FixtureError(operation: operation(), errno: Errno(rawValue: -result))
}
