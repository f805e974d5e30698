//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import CLibrary
internal import CLinuxBPF
package import SystemPackage

/// A perf event that a program can be attached to. perf_event_open(2).
package struct PerfEventDescriptor: ~Copyable, Sendable {
  package let descriptor: OwnedDescriptor

  /// The properties of a perf event.
  package struct Request: Sendable {
    package var type: UInt32
    package var config: UInt64
    /// The number of occurrences between samples; with `isFrequency`, the number of samples per second.
    package var samplePeriod: UInt64 = 1
    package var isFrequency = false
    /// For probes: a file's path, or a function's name.
    package var text: String?
    /// For probes: the offset in bytes; for a kernel probe without a name, the address.
    package var config2: UInt64 = 0
    /// For program output: the number of records, or bytes with `isWakeUpInBytes`, after which the kernel wakes the
    /// reader.
    package var wakeUp: UInt32 = 0
    package var isWakeUpInBytes = false
    /// Whether records in the event's buffer contain the bytes that programs send.
    package var hasRawSamples = false
    /// Whether the kernel writes the buffer from its end to its start, so that the newest record is at its position.
    /// Linux 4.7.
    package var isBackward = false
    /// Whether ``PerfEventDescriptor/enabledTime()`` is available.
    package var recordsEnabledTime = false

    package init(type: UInt32, config: UInt64) { (self.type, self.config) = (type, config) }

    fileprivate var attributes: linux_perf_event_attr {
      var attributes = linux_perf_event_attr()
      attributes.size = UInt32(MemoryLayout<linux_perf_event_attr>.size)
      (attributes.type, attributes.config, attributes.config2) = (type, config, config2)
      (attributes.sample_period, attributes.wakeup_events) = (samplePeriod, wakeUp)
      if hasRawSamples { attributes.sample_type = UInt64(LINUX_PERF_SAMPLE_RAW) }
      if recordsEnabledTime { attributes.read_format = UInt64(LINUX_PERF_FORMAT_TOTAL_TIME_ENABLED) }
      if isFrequency { attributes.flags |= UInt64(LINUX_PERF_ATTR_FREQ.rawValue) }
      if isBackward { attributes.flags |= UInt64(LINUX_PERF_ATTR_WRITE_BACKWARD.rawValue) }
      if isWakeUpInBytes { attributes.flags |= UInt64(LINUX_PERF_ATTR_WATERMARK.rawValue) }
      return attributes
    }
  }

  /// Opens an event that counts at once. perf_event_open(2).
  ///
  /// - Parameters:
  ///   - process: a process id; nil for all processes.
  ///   - cpu: a CPU; nil for all, which the kernel allows for a single process only.
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

  /// Enables counting or recording. ioctl(2).
  package borrowing func enable() throws(Errno) {
    let number = descriptor.rawValue
    _ = try uninterrupted { linux_perf_event_enable(number) }
  }

  /// Stops the output to the event's buffer, or lets it continue. ioctl(2), Linux 4.7.
  package borrowing func setOutputPaused(_ isPaused: Bool) throws(Errno) {
    let number = descriptor.rawValue
    _ = try uninterrupted { linux_perf_event_pause_output(number, isPaused ? 1 : 0) }
  }

  /// Returns the nanoseconds for which the event was enabled, if requested. read(2).
  package borrowing func enabledTime() throws(Errno) -> UInt64 {
    // The count and the time.
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

  /// Attaches a program without a link, on kernels that have none for perf events. `PERF_EVENT_IOC_SET_BPF`, Linux 4.1.
  package borrowing func setProgram(_ program: FileDescriptor) throws(Errno) {
    let number = descriptor.rawValue
    _ = try uninterrupted { linux_perf_event_set_bpf(number, UInt32(bitPattern: program.rawValue)) }
    try enable()
  }
}
