//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import SystemPackage

/// The CPUs that run now.
package enum OnlineCPUs {
  private static let path: FilePath = "/sys/devices/system/cpu/online"

  /// Their numbers, ascending. open(2), lseek(2), read(2), close(2).
  package static func current() throws(BPFError) -> [Int] {
    try KernelList.numbers(at: path, .readOnlineCPUs, "which CPUs are online is unknown")
  }
}
