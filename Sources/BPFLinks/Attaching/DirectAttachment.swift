//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFObjects
internal import BPFSyscall
internal import Synchronization
internal import SystemPackage

/// A program that was attached without a link. It is detached when this goes.
final class DirectAttachment: Attachment {
  /// Detaches the program.
  typealias Removal = @Sendable () throws(Errno) -> Void

  /// Nil once the program is detached, or left to what it is attached to.
  private let removal: Mutex<Removal?>

  /// A program that is attached.
  ///
  /// - Parameter remove: detaches it, and does nothing if somebody else has done so, or what it was to is gone. What it
  ///   takes for that it keeps open.
  init(removedBy remove: @escaping Removal) { removal = Mutex(remove) }

  deinit { _ = try? detach() }

  var link: FileDescriptor? { nil }

  func detach() throws(Errno) -> Bool {
    try removal.withLock { (removal) throws(Errno) in
      try removal?()
      removal = nil
      return true
    }
  }

  func leave() -> Bool {
    removal.withLock { removal in
      defer { removal = nil }
      return removal != nil
    }
  }
}

extension DirectAttachment {
  /// Attaches a program by `BPF_PROG_ATTACH`.
  ///
  /// Target and program are held open, so that what is detached is what was attached.
  convenience init(
    _ program: FileDescriptor, to target: FileDescriptor, _ attachType: AttachType, flags: UInt32 = 0
  ) throws(Errno) {
    let heldTarget = try OwnedDescriptor.duplicating(target)
    let heldProgram = try OwnedDescriptor.duplicating(program)
    var attachment = BPFCommand.ProgramAttachment(target: target.bits, attachType: attachType.rawValue)
    attachment.flags = flags
    try BPFCommand.programAttach(program, attachment)
    self.init(removedBy: { () throws(Errno) in
      do throws(Errno) {
        try BPFCommand.programDetach(
          heldProgram.borrowed,
          BPFCommand.ProgramAttachment(
            target: heldTarget.borrowed.bits, attachType: attachType.rawValue))
      } catch {
        guard error == .noSuchFileOrDirectory else { throw error }
      }
    })
  }
}
