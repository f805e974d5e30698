//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFSyscall
internal import SystemPackage

// What typed maps call: one system call each, on addresses. Nothing is checked here: a typed map was made only after
// its types had been proved to take as many bytes as the map's keys and values.

//
// They return an errno, 0 for none, and a typed map throws what it makes of it: an error is large, and a look-up that
// finds its key should not have to make room for one.

extension MapHandle {
  /// Has the kernel write the value of a key.
  @usableFromInline
  func lookup(at key: UnsafeRawPointer?, into value: UnsafeMutableRawPointer, _ flags: MapFlags) -> CInt {
    unsafe BPFCommand.mapLookup(descriptor.borrowed, key: key, value: value, flags: flags.rawValue)
  }

  /// Has the kernel write the value of a key and delete it.
  @usableFromInline
  func lookupAndDelete(
    at key: UnsafeRawPointer?, into value: UnsafeMutableRawPointer, _ flags: MapFlags
  ) -> CInt {
    unsafe BPFCommand.mapLookupAndDelete(descriptor.borrowed, key: key, value: value, flags: flags.rawValue)
  }

  /// Has the kernel read the value of a key.
  @usableFromInline
  func update(at key: UnsafeRawPointer?, to value: UnsafeRawPointer, _ flags: MapFlags) -> CInt {
    unsafe BPFCommand.mapUpdate(descriptor.borrowed, key: key, value: value, flags: flags.rawValue)
  }

  /// Has the kernel write the value of a key; false if there is no such key.
  func tryLookup(
    at key: UnsafeRawPointer?, into value: UnsafeMutableRawPointer, _ flags: MapFlags
  ) throws(BPFError) -> Bool {
    try unsafe outcome(.lookup, lookup(at: key, into: value, flags), flags)
  }

  /// Has the kernel read the value of a key.
  func tryUpdate(
    at key: UnsafeRawPointer?, to value: UnsafeRawPointer, _ flags: MapFlags
  ) throws(BPFError) {
    let errno = unsafe update(at: key, to: value, flags)
    if errno != 0 { throw updateFailure(errno, flags) }
  }

  /// A key, lent as a span.
  @inlinable
  func withKey<R, E: Error>(
    at key: UnsafeRawPointer, _ body: (RawSpan) throws(E) -> R
  ) throws(E) -> R {
    try unsafe body(RawSpan(_unsafeStart: key, byteCount: keySize))
  }

  /// What came of a look-up: false if there is no such key.
  @inlinable @inline(__always)
  func outcome(_ operation: BPFError.Operation, _ errno: CInt, _ flags: MapFlags) throws(BPFError) -> Bool {
    if errno == 0 { return true }
    return try notFound(operation, errno, flags)
  }

  /// False if an errno says that there is no such key; throws what any other means.
  @usableFromInline @inline(never)
  func notFound(_ operation: BPFError.Operation, _ errno: CInt, _ flags: MapFlags) throws(BPFError) -> Bool {
    let errno = Errno(rawValue: errno)
    if errno == .noSuchFileOrDirectory { return false }
    throw failure(operation, errno, flags: flags)
  }

  /// Why an update failed.
  @usableFromInline @inline(never)
  func updateFailure(_ errno: CInt, _ flags: MapFlags) -> BPFError {
    failure(.update, Errno(rawValue: errno), flags: flags)
  }
}
