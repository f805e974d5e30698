//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFObjects
internal import BPFSyscall
internal import SystemPackage

/// A perf event that runs a program, for kernels without perf event links. Closing its descriptor detaches the program.
final class PerfEventAttachment: Attachment {
  private let event: PerfEventDescriptor

  init(_ event: consuming PerfEventDescriptor) { self.event = event }

  var link: FileDescriptor? { nil }

  func detach() throws(Errno) -> Detachment { .whenReleased }

  func leave() -> Bool { false }
}

extension AttachTarget {
  /// Attaches a program to a perf event: with a link, or with `PERF_EVENT_IOC_SET_BPF` before Linux 5.15, which does
  /// not support cookies.
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
    // The link holds the event, so its descriptor can be closed.
    return try Link(adopting: link, to: description, operation: .attach)
  }
}
