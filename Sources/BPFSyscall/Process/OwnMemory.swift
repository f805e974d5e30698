//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import CLinuxBPF
package import SystemPackage

/// Copies of this process's memory that fail instead of ending the process.
///
/// An access to a mapped page that does not exist sends SIGSEGV. The kernel returns `EFAULT` when it copies for the process.
package enum OwnMemory {
  /// Copies memory into a buffer. `process_vm_readv(2)`.
  ///
  /// - Throws: `EFAULT` if a page does not exist.
  package static func read(
    from address: UnsafeRawPointer, into buffer: UnsafeMutableRawBufferPointer
  ) throws(Errno) {
    let count = try uninterrupted { unsafe linux_read_own_memory(address, buffer.baseAddress, buffer.count) }
    guard count == buffer.count else { throw .badAddress }
  }

  /// Copies a buffer into memory. `process_vm_writev(2)`. The first pages are written even if a later one does not
  /// exist.
  ///
  /// - Throws: `EFAULT` if a page does not exist.
  package static func write(
    _ buffer: UnsafeRawBufferPointer, to address: UnsafeMutableRawPointer
  ) throws(Errno) {
    let count = try uninterrupted { unsafe linux_write_own_memory(address, buffer.baseAddress, buffer.count) }
    guard count == buffer.count else { throw .badAddress }
  }
}
