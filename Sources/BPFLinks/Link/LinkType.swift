//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// What kind of place a link is to. `enum bpf_link_type`.
///
/// A type that this library has never heard of keeps its number.
public struct LinkType: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
  /// The kernel's number.
  public let rawValue: UInt32

  /// A type with the kernel's number.
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// A tracepoint, with its arguments as the kernel has them. Linux 5.8.
  public static let rawTracepoint = LinkType(rawValue: 1)
  /// A function or tracepoint of the kernel by its BTF, a hook of its security framework, or a function of another
  /// program. Linux 5.8.
  public static let tracing = LinkType(rawValue: 2)
  /// A control group. Linux 5.7.
  public static let cgroup = LinkType(rawValue: 3)
  /// An iterator. Linux 5.8.
  public static let iterator = LinkType(rawValue: 4)
  /// A network namespace. Linux 5.8.
  public static let networkNamespace = LinkType(rawValue: 5)
  /// A network interface, before the kernel has touched the packet. Linux 5.9.
  public static let xdp = LinkType(rawValue: 6)
  /// A perf event: a tracepoint, probe, counter or clock. Linux 5.15.
  public static let perfEvent = LinkType(rawValue: 7)
  /// Many functions of the kernel. Linux 5.18.
  public static let kprobeMulti = LinkType(rawValue: 8)
  /// A kernel interface that programs implement. Linux 6.4.
  public static let structOps = LinkType(rawValue: 9)
  /// A hook of netfilter. Linux 6.4.
  public static let netfilter = LinkType(rawValue: 10)
  /// The traffic of a network interface. Linux 6.6.
  public static let tcx = LinkType(rawValue: 11)
  /// Many places of one executable file. Linux 6.6.
  public static let uprobeMulti = LinkType(rawValue: 12)
  /// A network interface of the kind netkit. Linux 6.7.
  public static let netkit = LinkType(rawValue: 13)
  /// A map of sockets. Linux 6.10.
  public static let socketMap = LinkType(rawValue: 14)

  /// The kernel's name in lower case, such as `perf_event`; `type 77` for one without a name.
  public var kernelName: String {
    rawValue < LinkType.names.count ? LinkType.names[Int(rawValue)] : "type \(rawValue)"
  }

  /// The kernel's name.
  public var description: String { kernelName }

  /// By number.
  private static let names = [
    "unspec", "raw_tracepoint", "tracing", "cgroup", "iter", "netns", "xdp", "perf_event", "kprobe_multi",
    "struct_ops", "netfilter", "tcx", "uprobe_multi", "netkit", "sockmap",
  ]
}
