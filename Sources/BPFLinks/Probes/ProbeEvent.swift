//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFSyscall
internal import SystemPackage

/// The kinds of single-instruction probes.
enum ProbeKind: String, Sendable {
  case kprobe, uprobe
}

/// The kernel's interfaces for setting a probe.
package enum ProbeInterface: Sendable, Hashable {
  /// A perf event of a dynamic type, Linux 4.17: the type's number, and the bit of the config that makes it a return
  /// probe.
  case perfEvent(type: UInt32, returnBit: UInt64)

  /// A line in a file of the tracing file system, which creates a tracepoint.
  case tracepoint
}

extension ProbeKind {
  /// Returns the best interface of this kernel; nil if it has no such probes.
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

/// A probe on a function or instruction.
struct Probe: Sendable {
  var kind: ProbeKind

  /// The path of a file, or the name of a kernel function; empty for a kernel address.
  var text: String

  /// The offset in the file or function, in bytes, or the kernel address.
  var offset: UInt64

  /// Whether the probe is on the function's return.
  var isReturn: Bool

  /// The file offset of a uprobe's semaphore, which the kernel keeps above zero; 0 for none.
  var referenceCounterOffset: UInt64 = 0

  init(_ kind: ProbeKind, _ text: String, offset: UInt64, isReturn: Bool) {
    (self.kind, self.text, self.offset, self.isReturn) = (kind, text, offset, isReturn)
  }

  /// Returns the probe as a request to perf_event_open(2).
  func request(type: UInt32, returnBit: UInt64) -> PerfEventDescriptor.Request {
    var request = PerfEventDescriptor.Request(
      type: type, config: (isReturn ? returnBit : 0) | referenceCounterOffset << 32)
    (request.text, request.config2) = (text.isEmpty ? nil : text, offset)
    return request
  }

  /// Returns the probe's definition as a line for the tracing file system.
  func definition(named name: String) -> String {
    let hex = "0x\(String(offset, radix: 16))"
    let location =
      switch kind {
      case .kprobe: text.isEmpty ? hex : offset == 0 ? text : "\(text)+\(offset)"
      case .uprobe:
        "\(text):\(hex)"
          + (referenceCounterOffset == 0 ? "" : "(0x\(String(referenceCounterOffset, radix: 16)))")
      }
    return "\(isReturn ? "r" : "p"):\(name) \(location)"
  }
}
