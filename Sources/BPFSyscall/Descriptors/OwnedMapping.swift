//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import CLibrary
package import SystemPackage

/// An owned memory mapping, unmapped at the end of its lifetime.
@safe package struct OwnedMapping: ~Copyable, @unchecked Sendable {
  /// The first byte, page-aligned; valid during the owner's lifetime.
  package let base: UnsafeMutableRawPointer

  /// The size in bytes.
  package let byteCount: Int

  /// Creates a shared mapping of the object that a descriptor refers to. `mmap(2)`.
  ///
  /// - Parameters:
  ///   - offset: the offset in the object, page-aligned.
  ///   - address: the address of the mapping; nil for any. Throws `EEXIST` if something is mapped there.
  package init(
    _ descriptor: FileDescriptor, offset: Int = 0, byteCount: Int, isWritable: Bool, at address: UInt? = nil
  ) throws(Errno) {
    let protection = isWritable ? PROT_READ | PROT_WRITE : PROT_READ
    let flags = address == nil ? MAP_SHARED : MAP_SHARED | CInt(MAP_FIXED_NOREPLACE)
    unsafe base = try OwnedMapping.map {
      unsafe mmap(
        UnsafeMutableRawPointer(bitPattern: address ?? 0), byteCount, protection, flags, descriptor.rawValue,
        off_t(offset))
    }
    self.byteCount = byteCount
  }

  /// Creates a read-only private mapping of a file; nil for an empty file. open(2), lseek(2), `mmap(2)` with
  /// MAP_PRIVATE, close(2).
  ///
  /// The file must not shrink: accessing memory past its end would crash.
  package init?(file path: FilePath) throws(Errno) {
    let file = try OwnedDescriptor.reading(path)
    let number = file.rawValue
    let size = try file.borrowed.byteCount()
    guard size > 0 else { return nil }
    unsafe base = try OwnedMapping.map { unsafe mmap(nil, size, PROT_READ, MAP_PRIVATE, number, 0) }
    byteCount = size
  }

  /// Calls mmap(2), and again while a signal interrupts it.
  private static func map(
    _ call: () -> UnsafeMutableRawPointer?
  ) throws(Errno) -> UnsafeMutableRawPointer {
    var address: UnsafeMutableRawPointer?
    _ = try uninterrupted {
      unsafe address = unsafe call()
      // MAP_FAILED has all bits set, and is not a valid address.
      return UInt(bitPattern: address) == UInt.max ? -Int(errno) : 0
    }
    guard let address = unsafe address else { throw .badAddress }
    return unsafe address
  }

  deinit { _ = unsafe munmap(base, byteCount) }
}

extension OwnedMapping {
  /// The cause of an mmap(2) error for lack of memory; nil for other errors.
  package static func shortage(_ errno: Errno) -> String? {
    switch errno {
    case .resourceTemporarilyUnavailable: "the process cannot lock more memory: raise RLIMIT_MEMLOCK"
    case .noMemory: "no memory, address space or mapping is left"
    default: nil
    }
  }
}
