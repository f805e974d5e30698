//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Whether something comes true, in the end: it is asked again and again, for a minute at most.
///
/// For what the kernel does when it has time, and for what goes with a descriptor: the processes that other tests start
/// have a copy of each until they run what they are to run.
package func eventually(_ condition: () throws -> Bool) rethrows -> Bool {
  for _ in 0..<3000 {
    if try condition() { return true }
    usleep(20_000)
  }
  return false
}
