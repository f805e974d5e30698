//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFSyscall
internal import Synchronization
internal import SystemPackage

/// A probe that has a name in the kernel's file system for tracing, for kernels that have no perf events of probes. The
/// name is removed when it goes.
struct NamedProbe: ~Copyable, Sendable {
  private let kind: ProbeKind
  private let name: String

  /// Whether there is nothing in a path or name that would end it, or the line.
  static func isPlain(_ text: String) -> Bool { text.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7f } }

  /// Gives the probe a name that nobody has.
  init(_ probe: Probe) throws(Errno) {
    kind = probe.kind
    // A process that was killed leaves its names, and others may get its number.
    name = "swift_bpf/p\(Environment.processID)_\(String(UInt64.random(in: 0 ... .max), radix: 16))"
    try TraceFileSystem.append(probe.definition(named: name), to: "\(kind.rawValue)_events")
  }

  /// The number of its tracepoint.
  borrowing func tracepoint() throws(Errno) -> UInt64 {
    let text = try TraceFileSystem.read("events/\(name)/id")
    guard let number = UInt64(text.filter { !$0.isWhitespace }) else { throw .ioError }
    return number
  }

  deinit {
    // It was ours alone: nothing else can be in the way, and nobody is there to be told.
    try? TraceFileSystem.append("-:\(name)", to: "\(kind.rawValue)_events")
  }
}

/// A program that runs at a probe with a name. Both go together, the program first.
final class NamedProbeAttachment: Attachment {
  private let event: Mutex<PerfEventDescriptor?>
  private let probe: NamedProbe

  init(_ event: consuming PerfEventDescriptor, _ probe: consuming NamedProbe) {
    self.event = Mutex(event)
    self.probe = probe
  }

  deinit { event.withLock { $0 = nil } }

  var link: FileDescriptor? { nil }

  func detach() throws(Errno) -> Detachment { .whenReleased }

  func leave() -> Bool { false }
}
