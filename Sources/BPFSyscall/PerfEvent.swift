//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import CLinuxBPF
package import SystemPackage

/// An event of perf_event_open(2) that a program can be attached to.
package struct PerfEvent: ~Copyable, Sendable {
  package let descriptor: OwnedDescriptor

  /// What to count.
  package struct Request: Sendable {
    package var type: UInt32
    package var config: UInt64
    /// Every how many the event fires, or with `isFrequency` how often in a second.
    package var samplePeriod: UInt64 = 1
    package var isFrequency = false
    /// For probes: the path of a file, or a function's name.
    package var text: String?
    /// For probes: the offset in it, in bytes; for one of the kernel without a name, the address.
    package var config2: UInt64 = 0

    package init(type: UInt32, config: UInt64) { (self.type, self.config) = (type, config) }
  }

  /// Opens an event, counting already. perf_event_open(2).
  ///
  /// - Parameters:
  ///   - process: a process's number; nil for all.
  ///   - cpu: a CPU; nil for all, which the kernel allows for one process only.
  package init(_ request: Request, process: Int32?, cpu: Int?) throws(Errno) {
    var attributes = linux_perf_event_attr()
    attributes.size = UInt32(MemoryLayout<linux_perf_event_attr>.size)
    (attributes.type, attributes.config) = (request.type, request.config)
    (attributes.sample_period, attributes.config2) = (request.samplePeriod, request.config2)
    if request.isFrequency { attributes.flags = UInt64(LINUX_PERF_ATTR_FREQ.rawValue) }
    let answer: Int
    let (process, cpu) = (process ?? -1, CInt(clamping: cpu ?? -1))
    if let text = request.text {
      let bytes = Array(text.utf8) + [0]
      // The kernel copies the text before the call returns.
      answer = unsafe bytes.withUnsafeBytes { text in
        attributes.config1 = unsafe UInt64(address: text.baseAddress)
        return unsafe linux_perf_event_open(&attributes, process, cpu, -1, UInt(LINUX_PERF_FLAG_FD_CLOEXEC))
      }
    } else {
      answer = unsafe linux_perf_event_open(&attributes, process, cpu, -1, UInt(LINUX_PERF_FLAG_FD_CLOEXEC))
    }
    guard answer >= 0 else { throw Errno(rawValue: CInt(truncatingIfNeeded: -answer)) }
    descriptor = OwnedDescriptor(rawValue: CInt(truncatingIfNeeded: answer))
  }

  /// Gives the event's hits to a program, for kernels without links to perf events. `PERF_EVENT_IOC_SET_BPF`, Linux 4.1.
  package borrowing func setProgram(_ program: FileDescriptor) throws(Errno) {
    let answer = linux_perf_event_set_bpf(descriptor.rawValue, UInt32(bitPattern: program.rawValue))
    guard answer >= 0 else { throw Errno(rawValue: CInt(truncatingIfNeeded: -answer)) }
    let enabled = linux_perf_event_enable(descriptor.rawValue)
    guard enabled >= 0 else { throw Errno(rawValue: CInt(truncatingIfNeeded: -enabled)) }
  }
}
