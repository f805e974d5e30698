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
  public static let allKnown: [LinkType] = rows.indices.dropFirst().map { LinkType(rawValue: UInt32($0)) }

  /// The first Linux release that had it, such as `5.7`; nil for an unnamed type.
  public var minimumKernelVersion: String? { LinkType.allKnown.contains(self) ? row?.since : nil }

  /// The kernel's name in lowercase, such as `perf_event`; `type 77` for an unnamed type.
  public var kernelName: String { row?.name ?? "type \(rawValue)" }

  /// The kernel's name.
  public var description: String { kernelName }

  private var row: (name: String, since: String)? {
    Int(exactly: rawValue).flatMap { LinkType.rows.indices.contains($0) ? LinkType.rows[$0] : nil }
  }

  /// The kernel's names and the first releases, by number.
  private static let rows: [(name: String, since: String)] = [
    ("unspec", ""), ("raw_tracepoint", "5.8"), ("tracing", "5.8"), ("cgroup", "5.7"),
    ("iter", "5.8"), ("netns", "5.8"), ("xdp", "5.9"), ("perf_event", "5.15"),
    ("kprobe_multi", "5.18"), ("struct_ops", "6.4"), ("netfilter", "6.4"), ("tcx", "6.6"),
    ("uprobe_multi", "6.6"), ("netkit", "6.7"), ("sockmap", "6.10"), ("tracing_multi", "7.2"),
  ]
}
