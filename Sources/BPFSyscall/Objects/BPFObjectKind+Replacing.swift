//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

package import SystemPackage

extension BPFObjectKind {
  /// Pins an object of this kind in place of a pinned object of the same kind, so that a pin of that name exists at all
  /// times. Pins it as usual if the path is free.
  ///
  /// Makes the pin under a temporary name, gives it the owner, group and permissions of the replaced one, and renames
  /// it. Signals are blocked meanwhile; SIGKILL may leave the temporary name, which the next pinning in the directory
  /// removes.
  package func pin(
    _ descriptor: FileDescriptor, id: UInt32, replacing path: FilePath, _ subject: BPFError.Subject
  ) throws(BPFError) {
    let pin = Pin(path, of: self, subject)
    try pin.check(.pin)
    guard try isReplaced(pin) else { return try self.pin(descriptor, at: path, subject) }
    try SignalMask.withAllBlocked { () throws(BPFError) in
      let lock = PinDirectory(pin.directory)
      // The temporary name is in use until the rename.
      defer { withExtendedLifetime(lock) {} }
      // A random number, since another thread may be pinning the object too.
      let temporary = TemporaryPin.path(
        in: pin.directory, self, id: id, number: UInt32.random(in: 0 ... .max))
      do throws(Errno) {
        try BPFCommand.objectPin(descriptor, at: temporary)
        FileSystem.copyOwnership(of: path, to: temporary)
        try FileSystem.rename(temporary, to: path, .replacing)
      } catch {
        try? FileSystem.unlink(temporary)
        throw pin.pinFailure(error)
      }
    }
  }

  /// Returns whether an object of this kind is pinned at a path; false if the path is free. Throws if something else is
  /// there.
  private func isReplaced(_ pin: Pin) throws(BPFError) -> Bool {
    guard pin.isTaken else { return false }
    if pin.isSymbolicLink {
      throw pin.failure(.pin, .wrongObject, "this is a symbolic link; replace its target")
    }
    do throws(BPFError) {
      _ = try open(pinnedAt: pin.path)
      return true
    } catch {
      // It was removed meanwhile.
      if error.errno == .noSuchFileOrDirectory { return false }
      throw pin.failure(.pin, error.code, errno: error.errno, "nothing was replaced: \(error.explanation)")
    }
  }
}
