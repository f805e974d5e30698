//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// A helper: a function of the kernel that programs call by its number. `enum bpf_func_id`.
///
/// Linux 6.2 added the last helpers; since then, the kernel adds kfuncs. A helper that this library does not know keeps
/// its number. The prototypes are in `Headers/bpf/bpf_helper_defs.h`, and bpf-helpers(7).
public struct Helper: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
  /// The kernel's number.
  public let rawValue: UInt32

  /// Creates a helper with the kernel's number.
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// Creates the helper with a name in C, such as `bpf_ringbuf_output`; nil if there is none.
  public init?(kernelName: String) {
    guard kernelName.hasPrefix("bpf_"),
      let index = Helper.names.firstIndex(where: { $0 == kernelName.dropFirst(4) })
    else { return nil }
    self.init(rawValue: UInt32(index) + 1)
  }

  /// All helpers that this library knows, by number.
  public static let allKnown = (1...UInt32(names.count)).map(Helper.init(rawValue:))

  /// The name in C, such as `bpf_ringbuf_output`; `helper 777` for one that this library does not know.
  public var kernelName: String {
    isKnown ? "bpf_" + Helper.names[Int(rawValue) - 1] : "helper \(rawValue)"
  }

  /// The name in C.
  public var description: String { kernelName }

  /// The first Linux release that has the helper, such as `5.8`; nil for one that this library does not know.
  public var minimumKernelVersion: String? {
    isKnown ? Helper.releases.last { $0.first <= rawValue }?.release : nil
  }

  private var isKnown: Bool { 1...UInt32(Helper.names.count) ~= rawValue }
}
