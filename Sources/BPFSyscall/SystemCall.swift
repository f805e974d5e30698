//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import CLinuxBPF
internal import SystemPackage

/// Calls bpf(2) with a command's argument, and again while signals interrupt it.
///
/// `EINTR` and `EAGAIN` mean that the kernel did nothing: a signal arrived while it waited, or was pending while it
/// verified a program. Every command is retried with the same argument, but only a limited number of times. Then the
/// last errno is thrown.
///
/// - Returns: the kernel's result, a descriptor or zero.
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

/// The maximum number of retries of an interrupted call.
let maximumRetries = 100

/// Makes a system call other than bpf(2), and again while signals interrupt it, up to the same limit.
///
/// The limit is needed because `EAGAIN` can be permanent, such as when locked memory reaches its limit.
///
/// - Parameter call: makes the call; returns its result, or a negated errno.
/// - Returns: the kernel's result.
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
  // The kernel reads and writes `size` bytes at the address, all of them the argument's own.
  let answer = unsafe withUnsafeMutablePointer(to: &argument) { unsafe linux_bpf(command, $0, size) }
  guard answer >= 0 else { throw Errno(rawValue: CInt(truncatingIfNeeded: -answer)) }
  return CInt(truncatingIfNeeded: answer)
}

extension Errno {
  /// Creates an errno from a negative result of a system call.
  fileprivate init(negated answer: Int) { self.init(rawValue: CInt(truncatingIfNeeded: -answer)) }

  /// Whether the kernel did nothing because of a signal.
  var isInterruption: Bool { self == .interrupted || self == .resourceTemporarilyUnavailable }
}

extension UInt64 {
  /// Creates an address for a field of an argument.
  init(address pointer: UnsafeRawPointer?) {
    self = UInt64(UInt(bitPattern: pointer))
  }
}
