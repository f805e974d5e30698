//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFMaps
internal import BPFObjects
internal import BPFSyscall
internal import SystemPackage

extension LinkInfo {
  /// An attach target, which has one property for each kind. Only the property of its own kind is not nil.
  ///
  /// ```swift
  /// for link in try Link.all() {
  ///   let target = try link.info().target
  ///   if let interface = target.networkInterface {
  ///     print(link, "runs at interface", interface.index)
  ///   } else if let group = target.cgroup {
  ///     print(link, "runs in control group", group.id)
  ///   }
  /// }
  /// ```
  ///
  /// Later releases may add properties for new types of links.
  public struct Target: Hashable, Sendable {
    private let kind: Kind

    private enum Kind: Hashable, Sendable {
      case rawTracepoint(Tracepoint)
      case tracing(Tracing)
      case cgroup(Cgroup)
      case iterator(Iterator)
      case networkNamespace(NetworkNamespace)
      case networkInterface(NetworkInterface)
      case map(Map)
      case netfilter(Netfilter)
      case kprobeMulti(KprobeMulti)
      case uprobeMulti(UprobeMulti)
      case uprobe(Uprobe)
      case kprobe(Kprobe)
      case tracepoint(Tracepoint)
      case perfEvent(PerfEvent)
      case unknown
    }

    /// Whether the kernel reports the target, and this library knows the link's type. If not, all other properties are
    /// nil.
    public var isKnown: Bool { kind != .unknown }
  }
}

// MARK: - Kinds

extension LinkInfo.Target {
  /// The tracepoint of a link of type ``LinkType/rawTracepoint``.
  public var rawTracepoint: Tracepoint? { if case .rawTracepoint(let target) = kind { target } else { nil } }

  /// The function, tracepoint, LSM hook or type of a link of type ``LinkType/tracing``.
  public var tracing: Tracing? { if case .tracing(let target) = kind { target } else { nil } }

  /// The control group.
  public var cgroup: Cgroup? { if case .cgroup(let target) = kind { target } else { nil } }

  /// The iterator, and the objects that it visits.
  public var iterator: Iterator? { if case .iterator(let target) = kind { target } else { nil } }

  /// The network namespace.
  public var networkNamespace: NetworkNamespace? {
    if case .networkNamespace(let target) = kind { target } else { nil }
  }

  /// The network interface of a link of type ``LinkType/xdp``, ``LinkType/tcx`` or ``LinkType/netkit``.
  public var networkInterface: NetworkInterface? {
    if case .networkInterface(let target) = kind { target } else { nil }
  }

  /// The map of a link of type ``LinkType/structOps`` or ``LinkType/socketMap``.
  public var map: Map? { if case .map(let target) = kind { target } else { nil } }

  /// The netfilter hook.
  public var netfilter: Netfilter? { if case .netfilter(let target) = kind { target } else { nil } }

  /// The kernel functions of a link of type ``LinkType/kprobeMulti``.
  public var kprobeMulti: KprobeMulti? { if case .kprobeMulti(let target) = kind { target } else { nil } }

  /// The probe offsets of a link of type ``LinkType/uprobeMulti``.
  public var uprobeMulti: UprobeMulti? { if case .uprobeMulti(let target) = kind { target } else { nil } }

  /// The kernel function of a single kprobe, which has a link of type ``LinkType/perfEvent``.
  public var kprobe: Kprobe? { if case .kprobe(let target) = kind { target } else { nil } }

  /// The probe offset of a single uprobe, which has a link of type ``LinkType/perfEvent``.
  public var uprobe: Uprobe? { if case .uprobe(let target) = kind { target } else { nil } }

  /// The tracepoint of a link of type ``LinkType/perfEvent``.
  public var tracepoint: Tracepoint? { if case .tracepoint(let target) = kind { target } else { nil } }

  /// The perf event of a link of type ``LinkType/perfEvent`` that is neither a tracepoint nor a probe.
  public var perfEvent: PerfEvent? { if case .perfEvent(let target) = kind { target } else { nil } }
}

extension LinkInfo.Target: CustomStringConvertible {
  /// A description for messages, such as `raw tracepoint 'sys_enter'`.
  public var description: String {
    switch kind {
    case .rawTracepoint(let target): "raw tracepoint '\(target.name)'"
    case .tracing(let target):
      "\(target.attachType) of BTF type \(target.typeID) of object \(target.objectID)"
    case .cgroup(let target): "\(target.attachType) of control group \(target.id)"
    case .iterator(let target): "\(target)"
    case .networkNamespace(let target): "\(target.attachType) of network namespace \(target.inode)"
    case .networkInterface(let target): "\(target.attachType) of network interface \(target.index)"
    case .map(let target): "\(target.attachType) of map \(target.id)"
    case .netfilter(let target):
      "netfilter hook \(target.hook) of family \(target.family), priority \(target.priority)"
    case .kprobeMulti(let target): target.addresses.count.counted(target.isReturn ? "kretprobe" : "kprobe")
    case .uprobeMulti(let target):
      "\(target.offsets.count.counted(target.isReturn ? "uretprobe" : "uprobe")) on '\(target.path)'"
    case .uprobe(let target):
      "\(target.isReturn ? "uretprobe" : "uprobe") at offset \(target.offset) of '\(target.path)'"
    case .kprobe(let target):
      "\(target.isReturn ? "kretprobe" : "kprobe") on '\(target.function)"
        + (target.offset == 0 ? "'" : "+\(target.offset)'")
    case .tracepoint(let target): "tracepoint '\(target.name)'"
    case .perfEvent(let target): "perf event \(target.config) of type \(target.type.rawValue)"
    case .unknown: "unknown"
    }
  }
}

// MARK: - Reading

extension LinkInfo.Target {
  init(_ details: BPFCommand.LinkDetails) {
    kind =
      switch details {
      case .rawTracepoint(let name, let cookie): .rawTracepoint(Tracepoint(name: name, cookie: cookie))
      case .tracing(let attachType, let objectID, let typeID, let cookie):
        .tracing(
          Tracing(
            attachType: AttachType(rawValue: attachType), objectID: objectID, typeID: typeID, cookie: cookie))
      case .cgroup(let id, let attachType):
        .cgroup(Cgroup(id: id, attachType: AttachType(rawValue: attachType)))
      case .iterator(let name, let mapID, let detail, let order):
        .iterator(Iterator(name, mapID: mapID, detail: detail, order: order))
      case .networkNamespace(let inode, let attachType):
        .networkNamespace(NetworkNamespace(inode: inode, attachType: AttachType(rawValue: attachType)))
      case .xdp(let index): .networkInterface(NetworkInterface(index: Int(index), attachType: .xdp))
      case .tcx(let index, let attachType), .netkit(let index, let attachType):
        .networkInterface(
          NetworkInterface(index: Int(index), attachType: AttachType(rawValue: attachType)))
      case .structOps(let id): .map(Map(id: MapID(rawValue: id), attachType: .structOps))
      case .socketMap(let id, let attachType):
        .map(Map(id: MapID(rawValue: id), attachType: AttachType(rawValue: attachType)))
      case .netfilter(let family, let hook, let priority, let flags):
        .netfilter(Netfilter(family: family, hook: hook, priority: priority, flags: flags))
      case .kprobeMulti(let addresses, let cookies, let flags, let missed):
        .kprobeMulti(
          KprobeMulti(addresses: addresses, cookies: cookies, isReturn: flags & 1 != 0, missed: missed))
      case .uprobeMulti(let probes): .uprobeMulti(UprobeMulti(probes))
      case .uprobe(let path, let offset, let cookie, let referenceCounter, let isReturn):
        .uprobe(
          Uprobe(
            path: FilePath(path), offset: offset, cookie: cookie, referenceCounterOffset: referenceCounter,
            isReturn: isReturn))
      case .kprobe(let function, let offset, let address, let missed, let cookie, let isReturn):
        .kprobe(
          Kprobe(
            function: function, offset: offset, address: address, missed: missed, cookie: cookie,
            isReturn: isReturn))
      case .tracepoint(let name, let cookie): .tracepoint(Tracepoint(name: name, cookie: cookie))
      case .event(let type, let config, let cookie):
        .perfEvent(PerfEvent(type: PerfEventType(rawValue: type), config: config, cookie: cookie))
      case .none: .unknown
      }
  }
}
