//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// The type of a link. `enum bpf_link_type`.
///
/// A type that is unknown to this library keeps its number.
public struct LinkType: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
  /// The kernel's number.
  public let rawValue: UInt32

  /// Creates a type with the kernel's number.
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// A tracepoint with raw arguments. Linux 5.8.
  public static let rawTracepoint = LinkType(rawValue: 1)
  /// A kernel function or tracepoint by its BTF, an LSM hook, or a function of another program. Linux 5.8.
  public static let tracing = LinkType(rawValue: 2)
  /// A control group. Linux 5.7.
  public static let cgroup = LinkType(rawValue: 3)
  /// An iterator. Linux 5.8.
  public static let iterator = LinkType(rawValue: 4)
  /// A network namespace. Linux 5.8.
  public static let networkNamespace = LinkType(rawValue: 5)
  /// A network interface, before the kernel processes the packet. Linux 5.9.
  public static let xdp = LinkType(rawValue: 6)
  /// A perf event: a tracepoint, probe, counter or clock. Linux 5.15.
  public static let perfEvent = LinkType(rawValue: 7)
  /// Many kernel functions. Linux 5.18.
  public static let kprobeMulti = LinkType(rawValue: 8)
  /// A kernel interface that programs implement. Linux 6.4.
  public static let structOps = LinkType(rawValue: 9)
  /// A hook of netfilter. Linux 6.4.
  public static let netfilter = LinkType(rawValue: 10)
  /// The tcx hook of a network interface. Linux 6.6.
  public static let tcx = LinkType(rawValue: 11)
  /// Many probe offsets in one executable file. Linux 6.6.
  public static let uprobeMulti = LinkType(rawValue: 12)
  /// A netkit device. Linux 6.7.
  public static let netkit = LinkType(rawValue: 13)
  /// A socket map. Linux 6.10.
  public static let socketMap = LinkType(rawValue: 14)
  /// Many kernel functions by their BTF. Linux 7.2.
  public static let tracingMulti = LinkType(rawValue: 15)

  /// All known types, by number.
  public static let allKnown: [LinkType] = (1..<UInt32(names.count)).map(LinkType.init(rawValue:))

  /// The first Linux release that had it, such as `5.7`; nil for an unnamed type.
  public var minimumKernelVersion: String? {
    1..<UInt32(LinkType.names.count) ~= rawValue ? LinkType.versions[Int(rawValue)] : nil
  }

  /// The kernel's name in lowercase, such as `perf_event`; `type 77` for an unnamed type.
  public var kernelName: String {
    rawValue < LinkType.names.count ? LinkType.names[Int(rawValue)] : "type \(rawValue)"
  }

  /// The kernel's name.
  public var description: String { kernelName }

  /// The kernel's names, by number.
  private static let names = [
    "unspec", "raw_tracepoint", "tracing", "cgroup", "iter", "netns", "xdp", "perf_event", "kprobe_multi",
    "struct_ops", "netfilter", "tcx", "uprobe_multi", "netkit", "sockmap",
    "tracing_multi",
  ]

  /// The first kernel releases, by number.
  private static let versions = [
    "", "5.8", "5.8", "5.7", "5.8", "5.8", "5.9", "5.15", "5.18", "6.4", "6.4", "6.6", "6.6", "6.7", "6.10",
  ]
}
