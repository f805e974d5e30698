//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFObjects
internal import BPFSyscall
internal import SystemPackage

extension AttachTarget {
  /// Attaches a program to a single probe.
  ///
  /// - Parameters:
  ///   - refusals: the meanings of the errors from setting the probe.
  ///   - missing: the reason for a kernel to have no such probes.
  func link(
    _ program: Program, to probe: Probe, process: Int32?, cookie: UInt64, through interface: ProbeInterface?,
    refusals: [Errno: Cause], missing: String
  ) throws(BPFError) -> Link {
    try check(program)
    guard process ?? 0 >= 0 else {
      throw BPFError(.attach, .invalidArgument, program.subject, "\(process ?? 0) is not a process ID")
    }
    var probeHook = self
    probeHook.causes = refusals
    probeHook.causes[.noSuchProcess] = (.notFound, "there is no process \(process ?? 0)")
    let interface = if let interface { interface } else { try available(probe.kind, program, missing) }
    switch interface {
    case .perfEvent(let type, let returnBit):
      let event: PerfEventDescriptor
      do throws(Errno) {
        event = try PerfEventDescriptor(
          probe.request(type: type, returnBit: returnBit), process: process, cpu: process == nil ? 0 : nil)
      } catch {
        throw probeHook.failure(program, error)
      }
      return try link(program, cookie: cookie, to: event)
    case .tracepoint:
      guard cookie == 0 else {
        throw BPFError(
          .attach, .unsupported, program.subject,
          "this kernel does not support cookies for probes: \(KernelRelease.requirement("5.15"))")
      }
      guard TraceFSProbe.isPlain(probe.text) else {
        throw BPFError(
          .attach, .unsupported, program.subject,
          "this kernel cannot set probes on names with white space: \(KernelRelease.requirement("4.17"))"
        )
      }
      return try probeHook.link(program, toNamed: probe, process)
    }
  }

  private func available(
    _ kind: ProbeKind, _ program: Program, _ missing: String
  ) throws(BPFError) -> ProbeInterface {
    do throws(Errno) {
      if let interface = try kind.interface() { return interface }
    } catch {
      guard !error.isTransient else {
        throw BPFError(
          .attach, error.unansweredCode, errno: error, program.subject,
          "the kernel's interface for a \(kind.rawValue) could not be read from /sys/bus/event_source/devices"
        )
      }
      throw BPFError(
        .attach, .unavailable, errno: error, program.subject,
        "the kernel lists no probes in /sys/bus/event_source/devices, and the tracing file system cannot be read"
      )
    }
    throw BPFError(.attach, .unsupported, program.subject, missing)
  }

  private func link(
    _ program: Program, toNamed probe: Probe, _ process: Int32?
  ) throws(BPFError) -> Link {
    do throws(Errno) {
      let named = try TraceFSProbe(probe)
      let event = try PerfEventDescriptor(
        PerfEventDescriptor.Request(type: PerfEventType.tracepoint.rawValue, config: named.tracepoint()),
        process: process, cpu: process == nil ? 0 : nil)
      try program.withFileDescriptor { (program) throws(Errno) in try event.setProgram(program) }
      return Link(TraceFSProbeAttachment(event, named), to: description, program: program.id)
    } catch {
      throw failure(program, error)
    }
  }

  /// Throws `wrongObject` for a program that was loaded for other probes: for many at once, or for single ones.
  func check(_ program: Program, isFor attachTypes: [AttachType?], _ advice: String) throws(BPFError) {
    try check(program)
    guard let definition = program.definition, !attachTypes.contains(definition.expectedAttachType) else {
      return
    }
    throw BPFError(
      .attach, .wrongObject, program.subject,
      "it was loaded for \(definition.expectedAttachType.map { "\($0)" } ?? "single probes"), by its section "
        + "'\(definition.sectionName)': \(advice)")
  }
}
