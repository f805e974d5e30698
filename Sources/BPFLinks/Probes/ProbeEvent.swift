//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFSyscall
internal import SystemPackage

/// The kinds of probe that the kernel sets on single instructions.
enum ProbeKind: String, Sendable {
  case kprobe, uprobe
}

/// The kernel's ways to set a probe.
package enum ProbeInterface: Sendable, Hashable {
  /// By a perf event of a kind of its own, Linux 4.17: its number, and the bit of its configuration that says that the
  /// probe is on the return.
  case perfEvent(type: UInt32, returnBit: UInt64)

  /// By a line in a file of the file system for tracing, which gives a tracepoint.
  case tracepoint
}

extension ProbeKind {
  /// The best way that this kernel has; nil if it has no such probes.
  func interface() throws(Errno) -> ProbeInterface? {
    let directory = FilePath("/sys/bus/event_source/devices").appending(rawValue)
    if let type = try KernelFile.textIfReadable(directory.appending("type")),
      let number = UInt32(type.filter { !$0.isWhitespace })
    {
      let format = try KernelFile.textIfReadable(directory.appending("format").appending("retprobe"))
      let bit = format?.split(separator: ":").last.flatMap { UInt64($0.filter { !$0.isWhitespace }) }
      return .perfEvent(type: number, returnBit: 1 << min(bit ?? 0, 31))
    }
    return try TraceFileSystem.contains("\(rawValue)_events") ? .tracepoint : nil
  }
}

/// A probe to be set: where, and on what.
struct Probe: Sendable {
  var kind: ProbeKind

  /// The path of a file, or the name of a function of the kernel; empty for an address there.
  var text: String

  /// Bytes from the beginning of the file or function, or the address.
  var offset: UInt64

  /// Whether it is on the return of the function that is there.
  var isReturn: Bool

  /// Of uprobes, where in the file a counter is that the kernel keeps above zero; 0 for none.
  var referenceCounterOffset: UInt64 = 0

  init(_ kind: ProbeKind, _ text: String, offset: UInt64, isReturn: Bool) {
    (self.kind, self.text, self.offset, self.isReturn) = (kind, text, offset, isReturn)
  }

  /// As perf_event_open(2) takes it.
  func request(type: UInt32, returnBit: UInt64) -> PerfEventDescriptor.Request {
    var request = PerfEventDescriptor.Request(
      type: type, config: (isReturn ? returnBit : 0) | referenceCounterOffset << 32)
    (request.text, request.config2) = (text.isEmpty ? nil : text, offset)
    return request
  }

  /// As a line of the file system for tracing says it.
  func definition(named name: String) -> String {
    let hex = "0x\(String(offset, radix: 16))"
    let place =
      switch kind {
      case .kprobe: text.isEmpty ? hex : offset == 0 ? text : "\(text)+\(offset)"
      case .uprobe:
        "\(text):\(hex)"
          + (referenceCounterOffset == 0 ? "" : "(0x\(String(referenceCounterOffset, radix: 16)))")
      }
    return "\(isReturn ? "r" : "p"):\(name) \(place)"
  }
}
