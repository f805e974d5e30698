//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFSyscall
internal import Synchronization
internal import SystemPackage

/// A named probe in the tracing file system, for kernels without perf events for probes. Deinitialization removes it.
struct TraceFSProbe: ~Copyable, Sendable {
  private let kind: ProbeKind
  private let name: String

  /// Whether a path or name contains neither white space nor control characters, which would end it, or the line.
  static func isPlain(_ text: String) -> Bool { text.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7f } }

  /// Creates the probe under a unique name.
  init(_ probe: Probe) throws(Errno) {
    kind = probe.kind
    // A killed process leaves its probes behind, and another process may get its process ID.
    name = "swift_bpf/p\(Environment.processID)_\(String(UInt64.random(in: 0 ... .max), radix: 16))"
    try TraceFileSystem.append(probe.definition(named: name), to: "\(kind.rawValue)_events")
  }

  /// Returns the number of the probe's tracepoint.
  borrowing func tracepoint() throws(Errno) -> UInt64 {
    let text = try TraceFileSystem.read("events/\(name)/id")
    guard let number = UInt64(text.filter { !$0.isWhitespace }) else { throw .ioError }
    return number
  }

  deinit {
    // Only this object uses the name, so removal cannot conflict, and a deinitializer cannot report an error.
    try? TraceFileSystem.append("-:\(name)", to: "\(kind.rawValue)_events")
  }
}

/// A program that runs at a named probe. Deinitialization detaches the program, then removes the probe.
final class TraceFSProbeAttachment: Attachment {
  private let event: Mutex<PerfEventDescriptor?>
  private let probe: TraceFSProbe

  init(_ event: consuming PerfEventDescriptor, _ probe: consuming TraceFSProbe) {
    self.event = Mutex(event)
    self.probe = probe
  }

  deinit { event.withLock { $0 = nil } }

  var link: FileDescriptor? { nil }

  func detach() throws(Errno) -> Detachment { .whenReleased }

  func leave() -> Bool { false }
}
