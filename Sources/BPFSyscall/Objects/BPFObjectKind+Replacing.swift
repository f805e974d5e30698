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
    if try pinIfFree(descriptor, pin, subject) { return }
    try SignalMask.withAllBlocked { () throws(BPFError) in
      let lock = PinDirectory(pin.directory)
      // The temporary name is in use until the rename.
      defer { withExtendedLifetime(lock) {} }
      // A random number, since another thread may be pinning the object too.
      let temporary = TemporaryPin.path(
        in: pin.directory, self, id: id, number: UInt32.random(in: 0 ... .max))
      var isPinned = false
      do throws(Errno) {
        try BPFCommand.objectPin(descriptor, at: temporary)
        isPinned = true
        FileSystem.copyOwnership(of: path, to: temporary)
        try FileSystem.rename(temporary, to: path, .replacing)
      } catch {
        if isPinned { try? FileSystem.unlink(temporary) }
        throw pin.pinFailure(error)
      }
    }
  }

  /// The number of attempts at a path that others take and free.
  private static let attempts = 100

  /// Pins an object if the path is free; returns false if an object of this kind is pinned there.
  private func pinIfFree(
    _ descriptor: FileDescriptor, _ pin: Pin, _ subject: BPFError.Subject
  ) throws(BPFError) -> Bool {
    var attempt = 1
    while true {
      if try isReplaced(pin) { return false }
      do throws(BPFError) {
        try self.pin(descriptor, at: pin.path, subject)
        return true
      } catch {
        // Another process has taken the path meanwhile.
        guard error.code == .alreadyExists, attempt < BPFObjectKind.attempts else { throw error }
        attempt += 1
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
