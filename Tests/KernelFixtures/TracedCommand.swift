//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import CKernelFixtures
import SystemPackage

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// A program that ran with interference in one of its system calls.
package struct TracedCommand: Sendable {
  /// The kind of interference.
  package enum Interference: Sendable {
    /// Sends a signal to the process right before the call.
    case signal(Int32)
    /// Skips the call and makes it fail, unless it manages memory.
    case failure(Errno)
  }

  /// The start of counting system calls.
  package enum Beginning: Int32, Sendable {
    case firstProgramLoad = 5
    /// From the first call of bpf(2).
    case firstBPFCall = -1
  }

  /// The exit status, or the negated number of the signal that ended the program.
  package let status: Int32
  /// The number of system calls of the first thread that were counted.
  package let systemCalls: Int

  /// Runs a program and discards its output.
  ///
  /// - Parameters:
  ///   - call: The number of the system call to interfere with, from 1.
  ///   - beginning: The first system call to count.
  package static func run(
    _ program: String, _ arguments: [String], _ interference: Interference, at call: Int,
    from beginning: Beginning = .firstProgramLoad
  ) throws(FixtureError) -> TracedCommand {
    var interruption = kf_interference(command: beginning.rawValue, nth: Int32(call), signal: 0, error: 0)
    switch interference {
    case .signal(let number): interruption.signal = number
    case .failure(let errno): interruption.error = errno.rawValue
    }
    var words: [UnsafeMutablePointer<CChar>?] = ([program] + arguments).map { strdup($0) } + [nil]
    defer { for word in words { free(word) } }
    var count: Int32 = 0
    let status = try check(kf_run_traced(&words, interruption, &count), "trace \(program)")
    return TracedCommand(
      status: status & 0x7f == 0 ? (status >> 8) & 0xff : -(status & 0x7f), systemCalls: Int(count))
  }
}
