//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFObjects
internal import BPFSyscall
internal import Synchronization
internal import SystemPackage

/// A program that was attached without a link, by `BPF_PROG_ATTACH`. It is detached when this goes.
///
/// Target and program are held open, so that what is detached is what was attached.
final class DirectAttachment: Attachment {
  private let target: OwnedDescriptor
  private let program: OwnedDescriptor
  private let attachType: AttachType
  private let isOurs = Mutex(true)

  /// Attaches a program.
  init(
    _ program: FileDescriptor, to target: FileDescriptor, _ attachType: AttachType, flags: UInt32 = 0
  ) throws(Errno) {
    self.target = try OwnedDescriptor.duplicating(target)
    self.program = try OwnedDescriptor.duplicating(program)
    self.attachType = attachType
    var attachment = BPFCommand.ProgramAttachment(target: target.bits, attachType: attachType.rawValue)
    attachment.flags = flags
    try BPFCommand.programAttach(program, attachment)
  }

  deinit {
    if isOurs.withLock({ $0 }) { try? remove() }
  }

  private func remove() throws(Errno) {
    try BPFCommand.programDetach(
      program.borrowed,
      BPFCommand.ProgramAttachment(target: target.borrowed.bits, attachType: attachType.rawValue))
  }

  var link: FileDescriptor? { nil }

  func detach() throws(Errno) -> Bool {
    guard isOurs.withLock({ $0 }) else { return true }
    do throws(Errno) {
      try remove()
    } catch {
      // Somebody else has detached it, or what it was to is gone.
      guard error == .noSuchFileOrDirectory else { throw error }
    }
    isOurs.withLock { $0 = false }
    return true
  }

  func leave() -> Bool {
    isOurs.withLock { isOurs in
      defer { isOurs = false }
      return isOurs
    }
  }
}
