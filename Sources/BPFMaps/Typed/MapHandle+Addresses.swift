//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFSyscall
internal import SystemPackage

// The element operations of typed maps: one system call each, on addresses. Nothing is checked here, since a typed map
// exists only after its types have been verified to take as many bytes as the map's keys and values.
//
// They return an errno, or 0, which the typed map turns into an error: a `BPFError` is large, and a look-up that finds
// its key should not reserve stack space for one. They are inlined into their callers, read the descriptor's number,
// and keep the handle alive across the call without counting a reference.

extension MapHandle {
  /// Reads the value of a key.
  @inlinable @inline(__always)
  func lookup(at key: UnsafeRawPointer?, into value: UnsafeMutableRawPointer, _ flags: MapFlags) -> CInt {
    defer { extendLifetime(self) }
    return unsafe BPFCommand.mapLookup(descriptor.borrowed, key: key, value: value, flags: flags.rawValue)
  }

  /// Reads and deletes the value of a key.
  @inlinable @inline(__always)
  func lookupAndDelete(
    at key: UnsafeRawPointer?, into value: UnsafeMutableRawPointer, _ flags: MapFlags
  ) -> CInt {
    defer { extendLifetime(self) }
    return unsafe BPFCommand.mapLookupAndDelete(
      descriptor.borrowed, key: key, value: value, flags: flags.rawValue)
  }

  /// Writes the value of a key.
  @inlinable @inline(__always)
  func update(at key: UnsafeRawPointer?, to value: UnsafeRawPointer, _ flags: MapFlags) -> CInt {
    defer { extendLifetime(self) }
    return unsafe BPFCommand.mapUpdate(descriptor.borrowed, key: key, value: value, flags: flags.rawValue)
  }

  /// Deletes a key and its value.
  @inlinable @inline(__always)
  func delete(at key: UnsafeRawPointer?) -> CInt {
    defer { extendLifetime(self) }
    return unsafe BPFCommand.mapDelete(descriptor.borrowed, key: key)
  }

  /// Looks up a key, and discards its value.
  @usableFromInline
  func find(at key: UnsafeRawPointer) -> CInt {
    defer { extendLifetime(self) }
    let map = descriptor.borrowed
    return unsafe withUnsafeTemporaryAllocation(byteCount: valueStride, alignment: 8) { value in
      unsafe BPFCommand.mapLookup(map, key: key, value: value.baseAddress, flags: 0)
    }
  }

  /// `ENOENT`, the same number on every architecture: there is no such key.
  @inlinable static var noSuchKey: CInt { 2 }

  /// Returns whether a look-up found its key.
  ///
  /// A missing key is decided in place: only a failure pays for an error.
  @inlinable @inline(__always)
  func outcome(_ operation: BPFError.Operation, _ errno: CInt, _ flags: MapFlags) throws(BPFError) -> Bool {
    if errno == 0 { return true }
    if errno == MapHandle.noSuchKey { return false }
    throw elementFailure(operation, errno, flags)
  }

  /// Returns whether a deletion found its key.
  @inlinable @inline(__always)
  func deletionOutcome(_ errno: CInt) throws(BPFError) -> Bool {
    if errno == 0 { return true }
    if errno == MapHandle.noSuchKey { return false }
    return try refusedDeletion(errno)
  }

  /// Returns false if the type reports a missing key by another errno than `ENOENT`; otherwise throws.
  @usableFromInline @inline(never)
  func refusedDeletion(_ errno: CInt) throws(BPFError) -> Bool {
    let errno = Errno(rawValue: errno)
    switch errno {
    case .invalidArgument where type.facts.missingDeleteIsInvalid: return false
    // An index beyond the end has no element either.
    case .argListTooLong where type.facts.keys == .index: return false
    default: throw failure(.delete, errno)
    }
  }

  /// Returns the error of an operation on one element.
  @usableFromInline @inline(never)
  func elementFailure(_ operation: BPFError.Operation, _ errno: CInt, _ flags: MapFlags) -> BPFError {
    failure(operation, Errno(rawValue: errno), flags: flags)
  }
}
