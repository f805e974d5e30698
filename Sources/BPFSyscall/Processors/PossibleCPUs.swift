//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import SystemPackage

/// The CPUs that this machine may ever have. A per-CPU map has a value for each.
///
/// The kernel stores one slot for each *possible* CPU in a per-CPU value, in ascending order, whether or not the CPU is
/// online. The number of possible CPUs is fixed at boot.
public struct PossibleCPUs: Sendable, Hashable {
  /// The CPU numbers, ascending. Slot `i` of a per-CPU value belongs to CPU `ids[i]`.
  public let ids: [Int]

  /// The number of possible CPUs.
  public var count: Int { ids.count }

  /// Returns this machine's possible CPUs, read once from /sys/devices/system/cpu/possible.
  ///
  /// - Throws: ``BPFError`` if the file cannot be read, for example if /sys is not mounted or no descriptor is left.
  ///   The next call tries again.
  public static func current() throws(BPFError) -> PossibleCPUs {
    try running.get { () throws(BPFError) in
      PossibleCPUs(ids: try KernelList.numbers(at: path, .readCPUs, "the number of possible CPUs is unknown"))
    }
  }

  private static let path: FilePath = "/sys/devices/system/cpu/possible"

  private static let running = KernelAnswer<PossibleCPUs>()

  /// This machine's possible CPUs; nil until ``current()`` has read them.
  package static var known: PossibleCPUs? { running.known }

  private init(ids: [Int]) { self.ids = ids }

  /// Parses the kernel's list format: numbers and ranges separated by commas, such as `0-3,8`.
  package init?(parsing text: String) {
    guard let ids = KernelList.numbers(in: text) else { return nil }
    self.ids = ids
  }
}
