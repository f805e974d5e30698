//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFSyscall
internal import SystemPackage

// The operations on one element: one system call each, on addresses. Typed and untyped maps both end here.
//
// Nothing is checked. The kernel gets only addresses, and the map determines how many bytes it reads and writes. A
// typed map exists only after its types have been verified to take as many bytes as the map's keys and values. Untyped
// calls compare the size of each buffer first.
//
// The functions are inlined into their callers, read the descriptor's number, and keep the handle alive across the call
// without counting a reference. A missing key is a result: only a failure makes a `BPFError`.

extension MapHandle {
  /// Reads the value of a key. Returns false if the key is not in the map.
  @inlinable @inline(__always)
  func lookup(
    at key: UnsafeRawPointer?, into value: UnsafeMutableRawPointer?, _ flags: MapFlags
  ) throws(BPFError) -> Bool {
    defer { extendLifetime(self) }
    let errno = unsafe BPFCommand.mapLookup(
      descriptor.borrowed, key: key, value: value, flags: flags.rawValue)
    return try isFound(.lookup, errno, flags)
  }

  /// Reads and deletes the value of a key. Returns false if the key is not in the map.
  @inlinable @inline(__always)
  func lookupAndDelete(
    at key: UnsafeRawPointer?, into value: UnsafeMutableRawPointer?, _ flags: MapFlags
  ) throws(BPFError) -> Bool {
    defer { extendLifetime(self) }
    let errno = unsafe BPFCommand.mapLookupAndDelete(
      descriptor.borrowed, key: key, value: value, flags: flags.rawValue)
    return try isFound(.lookupAndDelete, errno, flags)
  }

  /// Writes the value of a key.
  @inlinable @inline(__always)
  func update(
    at key: UnsafeRawPointer?, to value: UnsafeRawPointer?, _ flags: MapFlags
  ) throws(BPFError) {
    defer { extendLifetime(self) }
    let errno = unsafe BPFCommand.mapUpdate(
      descriptor.borrowed, key: key, value: value, flags: flags.rawValue)
    if errno != 0 { throw elementFailure(.update, errno, flags) }
  }

  /// Deletes a key and its value. Returns false if the key is not in the map.
  @inlinable @inline(__always)
  func delete(at key: UnsafeRawPointer?) throws(BPFError) -> Bool {
    defer { extendLifetime(self) }
    let errno = unsafe BPFCommand.mapDelete(descriptor.borrowed, key: key)
    if errno == 0 { return true }
    return try errno == MapHandle.noSuchKey ? false : refusedDeletion(errno)
  }

  /// Returns whether the map contains a key: a look-up whose value is discarded.
  @usableFromInline
  func contains(at key: UnsafeRawPointer?) throws(BPFError) -> Bool {
    defer { extendLifetime(self) }
    // The closure does not capture the handle, which would count a reference.
    let map = descriptor.borrowed
    let errno = unsafe withUnsafeTemporaryAllocation(byteCount: valueStride, alignment: 8) { value in
      unsafe BPFCommand.mapLookup(map, key: key, value: value.baseAddress, flags: 0)
    }
    return try isFound(.lookup, errno, [])
  }

  /// Copies the key after a key, or the first one if the key is nil. Returns false after the last key.
  func nextKey(after key: UnsafeRawPointer?, into next: UnsafeMutableRawPointer?) throws(BPFError) -> Bool {
    defer { extendLifetime(self) }
    let errno = unsafe BPFCommand.mapNextKey(descriptor.borrowed, after: key, into: next)
    return try isFound(.nextKey, errno, [])
  }
}

// MARK: - Failures

extension MapHandle {
  /// `ENOENT`, the same number on every architecture: there is no such key.
  @inlinable static var noSuchKey: CInt { 2 }

  /// Returns whether an operation found its key. Throws for an errno other than that of a missing key.
  @inlinable @inline(__always)
  func isFound(
    _ operation: @autoclosure () -> BPFError.Operation, _ errno: CInt, _ flags: MapFlags
  ) throws(BPFError) -> Bool {
    if errno == 0 { return true }
    if errno == MapHandle.noSuchKey { return false }
    throw elementFailure(operation(), errno, flags)
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
