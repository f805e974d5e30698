//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import Glibc
package import SystemPackage

/// Memory shared with the kernel, unmapped when its owner goes.
@safe package struct OwnedMapping: ~Copyable, @unchecked Sendable {
  /// The first byte, on a page's boundary; good as long as the owner lives.
  package let base: UnsafeMutableRawPointer

  /// Bytes mapped.
  package let byteCount: Int

  /// Maps the first bytes of what a descriptor stands for, shared with all who map it. `mmap(2)`.
  package init(_ descriptor: FileDescriptor, byteCount: Int, isWritable: Bool) throws(Errno) {
    let protection = isWritable ? PROT_READ | PROT_WRITE : PROT_READ
    let address = unsafe mmap(nil, byteCount, protection, MAP_SHARED, descriptor.rawValue, 0)
    // MAP_FAILED is all ones, which no mapping begins at.
    guard let address = unsafe address, UInt(bitPattern: address) != UInt.max else {
      throw Errno(rawValue: errno)
    }
    unsafe base = address
    self.byteCount = byteCount
  }

  deinit { _ = unsafe munmap(base, byteCount) }
}
