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
  typealias Removal = @Sendable () throws(Errno) -> Detachment

  /// Nil once the program is detached, or left to what it is attached to.
  private let removal: Mutex<Removal?>

  /// A program that is attached.
  ///
  /// - Parameter remove: detaches the program if it is the one that is attached. It keeps open what the program is
  ///   attached to, and does nothing if the program is not there any more.
  init(removedBy remove: @escaping Removal) { removal = Mutex(remove) }

  deinit { _ = try? detach() }

  var link: FileDescriptor? { nil }

  func detach() throws(Errno) -> Detachment {
    try removal.withLock { (removal) throws(Errno) in
      let outcome = try removal?() ?? .detached
      removal = nil
      return outcome
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
  /// Target and program are held open. Where programs do not share the target, the kernel detaches whichever is there,
  /// so their ids are compared first.
  convenience init(
    _ program: FileDescriptor, id: ProgramID, to target: FileDescriptor, _ attachType: AttachType,
    flags: UInt32 = 0
  ) throws(Errno) {
    let heldTarget = try OwnedDescriptor.duplicating(target)
    let heldProgram = try OwnedDescriptor.duplicating(program)
    var attachment = BPFCommand.ProgramAttachment(target: target.bits, attachType: attachType.rawValue)
    attachment.flags = flags
    try BPFCommand.programAttach(program, attachment)
    self.init(removedBy: { () throws(Errno) in
      // Maps of sockets cannot be asked before Linux 5.18; there the kernel compares the programs (ENOENT).
      if let attached = try? BPFCommand.programQuery(
        target: heldTarget.borrowed, attachType: attachType.rawValue),
        !attached.ids.contains(id.rawValue)
      {
        let isShared = attached.flags & AttachFlag.multiple != 0
        guard !isShared, let other = attached.ids.first else { return .detached }
        return .replaced(by: ProgramID(rawValue: other))
      }
      do throws(Errno) {
        try BPFCommand.programDetach(
          heldProgram.borrowed,
          BPFCommand.ProgramAttachment(
            target: heldTarget.borrowed.bits, attachType: attachType.rawValue))
      } catch {
        guard error == .noSuchFileOrDirectory else { throw error }
      }
      return .detached
    })
  }
}

extension Detachment {
  /// What became of a program that was to be removed by rtnetlink(7).
  init(_ removal: RouteNetlink.Removal) {
    self =
      switch removal {
      case .removed, .gone: .detached
      case .replaced(let id): .replaced(by: id.map(ProgramID.init(rawValue:)))
      }
  }
}
