//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import CLinuxBPF
package import SystemPackage

/// What BPF programs put out to perf buffers, one for each CPU. perf_event_open(2).
package enum PerfOutput {
  /// An event that programs on one CPU put their records into, once a map refers to it. Linux 4.4.
  ///
  /// - Parameters:
  ///   - wakeUp: after how many records who waits is woken, or bytes.
  ///   - isInBytes: which of both.
  /// - Throws: `ENODEV` for a CPU that is offline.
  package static func open(cpu: Int, wakeUp: UInt32, isInBytes: Bool) throws(Errno) -> PerfEventDescriptor {
    var request = PerfEventDescriptor.Request(
      type: LINUX_PERF_TYPE_SOFTWARE.rawValue, config: UInt64(LINUX_PERF_COUNT_SW_BPF_OUTPUT))
    (request.hasRawSamples, request.wakeUp, request.isWakeUpInBytes) = (true, wakeUp, isInBytes)
    request.tellsTime = true
    return try PerfEventDescriptor(request, process: nil, cpu: cpu)
  }

  /// The type of a record that tells how many were lost.
  package static let lost = UInt32(LINUX_PERF_RECORD_LOST.rawValue)
  /// The type of a record that a program sent.
  package static let sample = UInt32(LINUX_PERF_RECORD_SAMPLE.rawValue)
  /// Bytes from the beginning of a buffer to how far it is written.
  package static let head = Int(LINUX_PERF_DATA_HEAD)
  /// Bytes from the beginning of a buffer to how far it is read.
  package static let tail = Int(LINUX_PERF_DATA_TAIL)
}
