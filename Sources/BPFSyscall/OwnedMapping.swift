//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import Glibc
package import SystemPackage

/// Memory that the kernel has too, unmapped when its owner goes.
@safe package struct OwnedMapping: ~Copyable, @unchecked Sendable {
  /// The first byte, on a page's boundary; good as long as the owner lives.
  package let base: UnsafeMutableRawPointer

  /// Bytes mapped.
  package let byteCount: Int

  /// Maps bytes of what a descriptor stands for, shared with all who map it. `mmap(2)`.
  ///
  /// - Parameters:
  ///   - offset: where they begin, on a page's boundary.
  ///   - place: the address to map them at; nil for any. `EEXIST` is thrown if something is there already.
  package init(
    _ descriptor: FileDescriptor, offset: Int = 0, byteCount: Int, isWritable: Bool, at place: UInt? = nil
  ) throws(Errno) {
    let protection = isWritable ? PROT_READ | PROT_WRITE : PROT_READ
    let flags = place == nil ? MAP_SHARED : MAP_SHARED | CInt(MAP_FIXED_NOREPLACE)
    unsafe base = try OwnedMapping.map {
      unsafe mmap(
        UnsafeMutableRawPointer(bitPattern: place ?? 0), byteCount, protection, flags, descriptor.rawValue,
        off_t(offset))
    }
    self.byteCount = byteCount
  }

  /// Maps a whole file for reading, in a way that lets nobody write through it; nil for an empty one. open(2), lseek(2),
  /// `mmap(2)` with MAP_PRIVATE, close(2).
  ///
  /// The file must be one that nobody makes shorter: there would be no memory where it was.
  package init?(file path: FilePath) throws(Errno) {
    let file = try OwnedDescriptor.reading(path)
    let number = file.rawValue
    let size = try file.borrowed.byteCount()
    guard size > 0 else { return nil }
    unsafe base = try OwnedMapping.map { unsafe mmap(nil, size, PROT_READ, MAP_PRIVATE, number, 0) }
    byteCount = size
  }

  /// Calls mmap(2), and again while a signal gets in its way.
  private static func map(
    _ call: () -> UnsafeMutableRawPointer?
  ) throws(Errno) -> UnsafeMutableRawPointer {
    var address: UnsafeMutableRawPointer?
    _ = try uninterrupted {
      unsafe address = unsafe call()
      // MAP_FAILED is all ones, which no mapping begins at.
      return UInt(bitPattern: address) == UInt.max ? -Int(errno) : 0
    }
    guard let address = unsafe address else { throw .badAddress }
    return unsafe address
  }

  deinit { _ = unsafe munmap(base, byteCount) }
}
