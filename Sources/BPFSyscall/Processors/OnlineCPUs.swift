//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import SystemPackage

/// The online CPUs.
package enum OnlineCPUs {
  private static let path: FilePath = "/sys/devices/system/cpu/online"

  /// Returns the numbers of the online CPUs, ascending. open(2), lseek(2), read(2), close(2).
  package static func current() throws(BPFError) -> [Int] {
    try KernelList.numbers(at: path, .readOnlineCPUs, "the list of online CPUs is unknown")
  }
}
