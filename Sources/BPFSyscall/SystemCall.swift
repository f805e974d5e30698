//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import CLinuxBPF
internal import SystemPackage

/// Calls bpf(2) with one command's argument, and again as long as a signal gets in the way.
///
/// `EINTR` and `EAGAIN` are the kernel's words for "nothing was done, ask again": a signal arrived while it
/// waited, or was pending while it verified. They are retried here, for every command alike and with the same
/// argument, but not for ever: under a storm of signals the last answer is thrown.
///
/// - Returns: what the kernel returned, a descriptor or zero.
@inline(__always)
func bpf<Argument: BitwiseCopyable>(
  _ command: linux_bpf_command, _ argument: inout Argument
) throws(Errno) -> CInt {
  do throws(Errno) {
    return try bpfOnce(command, &argument)
  } catch {
    guard error.isInterruption else { throw error }
    return try bpfAgain(command, &argument)
  }
}

/// How many more times an interrupted call is made.
let maximumRetries = 100

/// Makes another system call than bpf(2), and again while a signal gets in its way, as often as bpf(2).
///
/// The kernel may answer `EAGAIN` for good, such as when memory is locked up to a limit: hence the bound.
///
/// - Parameter call: returns what the kernel returned, or a negated errno.
/// - Returns: what the kernel returned.
func uninterrupted(_ call: () -> Int) throws(Errno) -> Int {
  var answer = call()
  var retries = 0
  while answer < 0, retries < maximumRetries, Errno(negated: answer).isInterruption {
    retries += 1
    answer = call()
  }
  guard answer >= 0 else { throw Errno(negated: answer) }
  return answer
}

@inline(never)
private func bpfAgain<Argument: BitwiseCopyable>(
  _ command: linux_bpf_command, _ argument: inout Argument
) throws(Errno) -> CInt {
  for _ in 1..<maximumRetries {
    do throws(Errno) {
      return try bpfOnce(command, &argument)
    } catch {
      guard error.isInterruption else { throw error }
    }
  }
  return try bpfOnce(command, &argument)
}

/// Calls bpf(2) once.
@inline(__always)
func bpfOnce<Argument: BitwiseCopyable>(
  _ command: linux_bpf_command, _ argument: inout Argument
) throws(Errno) -> CInt {
  let size = UInt32(truncatingIfNeeded: MemoryLayout<Argument>.size)
  // The kernel reads and writes `size` bytes at the address, which are the argument's own.
  let answer = unsafe withUnsafeMutablePointer(to: &argument) { unsafe linux_bpf(command, $0, size) }
  guard answer >= 0 else { throw Errno(rawValue: CInt(truncatingIfNeeded: -answer)) }
  return CInt(truncatingIfNeeded: answer)
}

extension Errno {
  /// The errno that a system call's answer below 0 is.
  fileprivate init(negated answer: Int) { self.init(rawValue: CInt(truncatingIfNeeded: -answer)) }

  /// Whether the kernel did nothing because of a signal.
  var isInterruption: Bool { self == .interrupted || self == .resourceTemporarilyUnavailable }
}

extension UInt64 {
  /// An address as the kernel takes it in an argument.
  init(address pointer: UnsafeRawPointer?) {
    self = UInt64(UInt(bitPattern: pointer))
  }
}
