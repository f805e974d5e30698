//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import CLinuxBPF
internal import Glibc
package import SystemPackage

/// An event of perf_event_open(2) that a program can be attached to.
package struct PerfEventDescriptor: ~Copyable, Sendable {
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
    /// For what programs put out: after how many records who waits is woken, or with `isWakeUpInBytes` bytes.
    package var wakeUp: UInt32 = 0
    package var isWakeUpInBytes = false
    /// Whether the event's buffer has the bytes that programs put out.
    package var hasRawSamples = false
    /// Whether ``PerfEventDescriptor/enabledTime()`` is known.
    package var tellsTime = false

    package init(type: UInt32, config: UInt64) { (self.type, self.config) = (type, config) }

    fileprivate var attributes: linux_perf_event_attr {
      var attributes = linux_perf_event_attr()
      attributes.size = UInt32(MemoryLayout<linux_perf_event_attr>.size)
      (attributes.type, attributes.config, attributes.config2) = (type, config, config2)
      (attributes.sample_period, attributes.wakeup_events) = (samplePeriod, wakeUp)
      if hasRawSamples { attributes.sample_type = UInt64(LINUX_PERF_SAMPLE_RAW) }
      if tellsTime { attributes.read_format = UInt64(LINUX_PERF_FORMAT_TOTAL_TIME_ENABLED) }
      if isFrequency { attributes.flags |= UInt64(LINUX_PERF_ATTR_FREQ.rawValue) }
      if isWakeUpInBytes { attributes.flags |= UInt64(LINUX_PERF_ATTR_WATERMARK.rawValue) }
      return attributes
    }
  }

  /// Opens an event, counting already. perf_event_open(2).
  ///
  /// - Parameters:
  ///   - process: a process's number; nil for all.
  ///   - cpu: a CPU; nil for all, which the kernel allows for one process only.
  package init(_ request: Request, process: Int32?, cpu: Int?) throws(Errno) {
    var attributes = request.attributes
    let (process, cpu) = (process ?? -1, CInt(clamping: cpu ?? -1))
    let answer: Int
    if let text = request.text {
      let bytes = Array(text.utf8) + [0]
      // The kernel copies the text before the call returns.
      answer = try unsafe bytes.span.bytes.withUnsafeBytes { (text) throws(Errno) in
        attributes.config1 = unsafe UInt64(address: text.baseAddress)
        return try PerfEventDescriptor.open(&attributes, process, cpu)
      }
    } else {
      answer = try PerfEventDescriptor.open(&attributes, process, cpu)
    }
    descriptor = OwnedDescriptor(rawValue: CInt(truncatingIfNeeded: answer))
  }

  private static func open(
    _ attributes: inout linux_perf_event_attr, _ process: Int32, _ cpu: CInt
  ) throws(Errno) -> Int {
    try uninterrupted {
      unsafe linux_perf_event_open(&attributes, process, cpu, -1, UInt(LINUX_PERF_FLAG_FD_CLOEXEC))
    }
  }

  /// Has the event count, or take records, from now on. ioctl(2).
  package borrowing func enable() throws(Errno) {
    let number = descriptor.rawValue
    _ = try uninterrupted { linux_perf_event_enable(number) }
  }

  /// Nanoseconds for which the event was there to count, if that was asked for. read(2).
  package borrowing func enabledTime() throws(Errno) -> UInt64 {
    // The count, and the time.
    var values = (count: UInt64(0), time: UInt64(0))
    let size = MemoryLayout.size(ofValue: values)
    let number = descriptor.rawValue
    let count = try uninterrupted {
      let count = unsafe read(number, &values, size)
      return count < 0 ? -Int(errno) : count
    }
    guard count == size else { throw .ioError }
    return values.time
  }

  /// Gives the event's hits to a program, for kernels without links to perf events. `PERF_EVENT_IOC_SET_BPF`, Linux 4.1.
  package borrowing func setProgram(_ program: FileDescriptor) throws(Errno) {
    let number = descriptor.rawValue
    _ = try uninterrupted { linux_perf_event_set_bpf(number, UInt32(bitPattern: program.rawValue)) }
    try enable()
  }
}
