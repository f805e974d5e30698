//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import CLinuxBPF
package import SystemPackage

/// The output of BPF programs to perf buffers, one for each CPU. perf_event_open(2).
package enum PerfOutput {
  /// Opens the event that receives the output of programs on one CPU, once it is in a map. Linux 4.4.
  ///
  /// - Parameters:
  ///   - wakeUp: the number of records, or bytes, after which the kernel wakes the reader.
  ///   - isInBytes: whether `wakeUp` is in bytes.
  ///   - isBackward: whether the newest record overwrites the oldest. The buffer is then mapped read-only. Linux 4.7.
  /// - Throws: `ENODEV` for an offline CPU.
  package static func open(
    cpu: Int, wakeUp: UInt32, isInBytes: Bool, isBackward: Bool = false
  ) throws(Errno) -> PerfEventDescriptor {
    var request = PerfEventDescriptor.Request(
      type: LINUX_PERF_TYPE_SOFTWARE.rawValue, config: UInt64(LINUX_PERF_COUNT_SW_BPF_OUTPUT))
    (request.hasRawSamples, request.wakeUp, request.isWakeUpInBytes) = (true, wakeUp, isInBytes)
    (request.recordsEnabledTime, request.isBackward) = (true, isBackward)
    return try PerfEventDescriptor(request, process: nil, cpu: cpu)
  }

  /// The type of a record with the number of lost records.
  package static let lost = UInt32(LINUX_PERF_RECORD_LOST.rawValue)
  /// The type of a record that a program sent.
  package static let sample = UInt32(LINUX_PERF_RECORD_SAMPLE.rawValue)
  /// The byte offset in a buffer of `data_head`, the producer's position.
  package static let head = Int(LINUX_PERF_DATA_HEAD)
  /// The byte offset in a buffer of `data_tail`, the consumer's position.
  package static let tail = Int(LINUX_PERF_DATA_TAIL)
}
