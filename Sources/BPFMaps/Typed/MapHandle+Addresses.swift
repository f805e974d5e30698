//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFSyscall
internal import SystemPackage

// What typed maps call: one system call each, on addresses. Nothing is checked here: a typed map was made only after
// its types had been proved to take as many bytes as the map's keys and values.

extension MapHandle {
  /// Has the kernel write the value of a key; false if there is no such key.
  @usableFromInline
  func lookup(
    at key: UnsafeRawPointer?, into value: UnsafeMutableRawPointer, _ flags: MapFlags
  ) throws(BPFError) -> Bool {
    do throws(Errno) {
      try unsafe BPFCommand.mapLookup(descriptor.borrowed, key: key, value: value, flags: flags.rawValue)
      return true
    } catch {
      if error == .noSuchFileOrDirectory { return false }
      throw failure(.lookup, error, flags: flags)
    }
  }

  /// Has the kernel write the value of a key and delete it; false if there is no such key.
  @usableFromInline
  func lookupAndDelete(
    at key: UnsafeRawPointer?, into value: UnsafeMutableRawPointer, _ flags: MapFlags
  ) throws(BPFError) -> Bool {
    do throws(Errno) {
      try unsafe BPFCommand.mapLookupAndDelete(
        descriptor.borrowed, key: key, value: value, flags: flags.rawValue)
      return true
    } catch {
      if error == .noSuchFileOrDirectory { return false }
      throw failure(.lookupAndDelete, error, flags: flags)
    }
  }

  /// Has the kernel read the value of a key.
  @usableFromInline
  func update(
    at key: UnsafeRawPointer?, to value: UnsafeRawPointer, _ flags: MapFlags
  ) throws(BPFError) {
    do throws(Errno) {
      try unsafe BPFCommand.mapUpdate(descriptor.borrowed, key: key, value: value, flags: flags.rawValue)
    } catch {
      throw failure(.update, error, flags: flags)
    }
  }

  /// A key, lent as a span.
  @inlinable
  func withKey<R, E: Error>(
    at key: UnsafeRawPointer, _ body: (RawSpan) throws(E) -> R
  ) throws(E) -> R {
    try unsafe body(RawSpan(_unsafeStart: key, byteCount: keySize))
  }
}
