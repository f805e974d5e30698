//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFObjects
internal import BPFSyscall
internal import SystemPackage

/// A perf event that feeds a program, for kernels that have no links to perf events. It goes with its descriptor.
final class PerfEventAttachment: Attachment {
  private let event: PerfEventDescriptor

  init(_ event: consuming PerfEventDescriptor) { self.event = event }

  var link: FileDescriptor? { nil }

  func detach() throws(Errno) -> Detachment { .whenReleased }

  func leave() -> Bool { false }
}

extension AttachTarget {
  /// Attaches a program to a perf event: by a link, or where the kernel has none to perf events, before Linux 5.15, by
  /// the event's own means, which give no cookies.
  func link(
    _ program: Program, cookie: UInt64, to event: consuming PerfEventDescriptor
  ) throws(BPFError) -> Link {
    try check(program)
    let link: OwnedDescriptor
    do throws(Errno) {
      link = try program.withFileDescriptor { [attachType = AttachType.perfEvent] (program) throws(Errno) in
        try BPFCommand.linkCreate(
          BPFCommand.LinkCreation(program, to: event.descriptor.borrowed, attachType: attachType.rawValue),
          cookie: cookie)
      }
    } catch {
      guard error == .invalidArgument, cookie == 0 else { throw failure(program, error) }
      do throws(Errno) {
        try program.withFileDescriptor { (program) throws(Errno) in try event.setProgram(program) }
      } catch {
        throw failure(program, error)
      }
      return Link(PerfEventAttachment(event), to: description, program: program.id)
    }
    // The link holds the event; its descriptor is needed no more.
    return try Link(adopting: link, to: description, operation: .attach)
  }
}
