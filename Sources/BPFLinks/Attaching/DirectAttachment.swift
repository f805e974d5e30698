//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFObjects
internal import BPFSyscall
internal import Synchronization
internal import SystemPackage

/// A program that is attached without a link. Deinitialization detaches it.
final class DirectAttachment: Attachment {
  /// Detaches the program.
  typealias Removal = @Sendable () throws(Errno) -> Detachment

  /// Detaches the program; nil once it is detached, or left attached.
  private let removal: Mutex<Removal?>

  /// Takes over a program that is attached already.
  ///
  /// - Parameter remove: detaches the program if it is still the attached one, and does nothing otherwise. It keeps the
  ///   attach target open.
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
  /// Attaches a program with `BPF_PROG_ATTACH`.
  ///
  /// Duplicates the descriptors of target and program. Where a target holds a single program, the kernel detaches
  /// whichever program is there, so detaching compares the ids first.
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
      // Socket maps support BPF_PROG_QUERY since Linux 5.18. Before, the kernel compares the programs (ENOENT).
      if let attached = try? BPFCommand.programQuery(
        BPFCommand.ProgramQuery(heldTarget.borrowed, attachType: attachType.rawValue)),
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
  /// Converts the result of a removal with rtnetlink(7).
  init(_ removal: RouteNetlink.Removal) {
    self =
      switch removal {
      case .removed, .gone: .detached
      case .replaced(let id): .replaced(by: id.map(ProgramID.init(rawValue:)))
      }
  }
}
