//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import SystemPackage

/// The CPUs this machine may ever have, for each of which a per-CPU map keeps a value.
///
/// The kernel lays per-CPU values out one slot for each *possible* CPU, in ascending order, whether or not that
/// CPU is online. Their number is fixed at boot.
public struct PossibleCPUs: Sendable, Hashable {
  /// The CPUs' numbers, ascending; slot `i` of a per-CPU value belongs to CPU `ids[i]`.
  public let ids: [Int]

  /// How many there are.
  public var count: Int { ids.count }

  /// The possible CPUs of this machine, read once from /sys/devices/system/cpu/possible.
  ///
  /// - Throws: ``BPFError`` if the file cannot be read, as when /sys is not mounted or no descriptor is left. The next
  ///   call then tries again.
  public static func current() throws(BPFError) -> PossibleCPUs {
    try running.get { () throws(BPFError) in
      PossibleCPUs(ids: try KernelList.numbers(at: path, .readCPUs, "the number of possible CPUs is unknown"))
    }
  }

  private static let path: FilePath = "/sys/devices/system/cpu/possible"

  private static let running = KernelAnswer<PossibleCPUs>()

  /// Those of this machine, once they were read.
  package static var known: PossibleCPUs? { running.known }

  private init(ids: [Int]) { self.ids = ids }

  /// Parses the kernel's list format: numbers and ranges parted by commas, such as `0-3,8`.
  package init?(parsing text: String) {
    guard let ids = KernelList.numbers(in: text) else { return nil }
    self.ids = ids
  }
}
