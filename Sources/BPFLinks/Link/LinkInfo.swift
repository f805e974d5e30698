//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFObjects
public import BPFSyscall
public import SystemPackage

/// What the kernel tells of a link. `struct bpf_link_info` of `BPF_OBJ_GET_INFO_BY_FD`.
///
/// Fields that the running kernel does not have are zero.
public struct LinkInfo: Hashable, Sendable {
  /// The link's id, good as long as it lives.
  public var id: LinkID

  /// What kind of place it is to.
  public var type: LinkType

  /// The program that is attached; nil for links of struct_ops.
  public var programID: ProgramID?

  /// What it is to.
  public var target: Target

  /// What a link is to. Numbers of interfaces and ids of control groups are 0 once the link is detached.
  public enum Target: Hashable, Sendable {
    /// A tracepoint. The cookie is told since Linux 6.18.
    case rawTracepoint(name: String, cookie: UInt64)
    /// A function, tracepoint, security hook or type: its BTF object and number in it, told since Linux 5.13; of another
    /// program's function the object is that program's id. The cookie is told since Linux 6.17.
    case tracing(attachType: AttachType, objectID: UInt32, typeID: UInt32, cookie: UInt64)
    /// A control group, by its id.
    case cgroup(id: UInt64, attachType: AttachType)
    /// An iterator over what is named, such as `task` or `bpf_map_elem`.
    case iterator(target: String, IteratorRange)
    /// A network namespace, by its inode's number.
    case networkNamespace(inode: UInt32, attachType: AttachType)
    /// A network interface, by its number.
    case xdp(interfaceIndex: Int)
    /// A kernel interface that programs implement, by the map.
    case structOps(mapID: MapID)
    /// A hook of netfilter.
    case netfilter(NetfilterTarget)
    /// Functions of the kernel. Addresses are zero to those who may not see them.
    case kprobeMulti(KprobeMultiTarget)
    /// Places in an executable file.
    case uprobeMulti(UprobeMultiTarget)
    /// One place in an executable file.
    case uprobe(UprobeTarget)
    /// One function of the kernel.
    case kprobe(KprobeTarget)
    /// A tracepoint, reached by a perf event. Its name is told as the kernel has it, without its category.
    case tracepoint(name: String, cookie: UInt64)
    /// Another perf event: its type and config as of perf_event_open(2).
    case perfEvent(type: UInt32, config: UInt64, cookie: UInt64)
    /// The traffic of a network interface.
    case tcx(interfaceIndex: Int, attachType: AttachType)
    /// A network interface of the kind netkit: that of the pair whose packets the program sees.
    case netkit(interfaceIndex: Int, attachType: AttachType)
    /// A map of sockets.
    case socketMap(mapID: MapID, attachType: AttachType)
    /// The kernel tells nothing more, or this library does not know the type.
    case unknown
  }

  /// What of its targets an iterator goes over.
  public enum IteratorRange: Hashable, Sendable {
    /// All there are.
    case everything
    /// The elements of a map.
    case map(id: MapID)
    /// A control group, and which of those around it.
    case cgroup(id: UInt64, order: UInt32)
    /// One task or process; numbers that do not count are 0.
    case task(threadID: UInt32, processID: UInt32)
  }

  /// A hook of netfilter.
  public struct NetfilterTarget: Hashable, Sendable {
    /// The protocol family, such as 2 for IPv4.
    public var family: UInt32
    /// The hook, such as 3 for packets that are sent.
    public var hook: UInt32
    /// Its place among the other programs and rules of the hook: lower ones are first.
    public var priority: Int32
    /// `BPF_F_NETFILTER_IP_DEFRAG` is 1.
    public var flags: UInt32
  }

  /// Functions of the kernel.
  public struct KprobeMultiTarget: Hashable, Sendable {
    /// Where the functions begin.
    public var addresses: [UInt64]
    /// One for each function.
    public var cookies: [UInt64]
    /// Whether the program runs when functions return.
    public var isReturn: Bool
    /// How often it was not run, as it was running already.
    public var missed: UInt64
  }

  /// One function of the kernel.
  public struct KprobeTarget: Hashable, Sendable {
    /// The function's name.
    public var function: String
    /// Bytes from its beginning.
    public var offset: UInt64
    /// The address.
    public var address: UInt64
    /// How often the program was not run, as it was running already.
    public var missed: UInt64
    /// The number that the program is given.
    public var cookie: UInt64
    /// Whether it runs when the function returns.
    public var isReturn: Bool
  }

  /// Places in an executable file.
  public struct UprobeMultiTarget: Hashable, Sendable {
    /// The file.
    public var path: FilePath
    /// Bytes from its beginning.
    public var offsets: [UInt64]
    /// Where counters of those who listen are; 0 for none.
    public var referenceCounterOffsets: [UInt64]
    /// One for each place.
    public var cookies: [UInt64]
    /// Whether the program runs when functions return.
    public var isReturn: Bool
    /// The process; 0 for all.
    public var processID: UInt32
  }

  /// One place in an executable file.
  public struct UprobeTarget: Hashable, Sendable {
    /// The file.
    public var path: FilePath
    /// Bytes from its beginning.
    public var offset: UInt64
    /// The number that the program is given.
    public var cookie: UInt64
    /// Where the counter of those who listen is; 0 for none. Linux 6.17.
    public var referenceCounterOffset: UInt64
    /// Whether the program runs when the function returns.
    public var isReturn: Bool
  }
}

// MARK: - Asking

extension Link {
  /// What the kernel says of the link now.
  ///
  /// System calls: `BPF_OBJ_GET_INFO_BY_FD` twice, and once more for links with a name or list. Linux 5.8.
  ///
  /// - Throws: `BPFError` with the kernel's answer; `BPFError.Code.unsupported` where the kernel has no link for the
  ///   place.
  public func info() throws(BPFError) -> LinkInfo {
    try withFileDescriptor(.info) { (descriptor) throws(BPFError) in
      do throws(Errno) {
        let information = try BPFCommand.linkInformation(descriptor)
        return LinkInfo(
          id: LinkID(rawValue: information.id), type: LinkType(rawValue: information.type),
          programID: information.programID == 0 ? nil : ProgramID(rawValue: information.programID),
          target: LinkInfo.Target(try BPFCommand.linkDetails(descriptor, type: information.type)))
      } catch {
        let refusal = error == .notPermitted ? Privilege.refusalOfEveryCall : nil
        throw BPFError(.info, error.unansweredCode, errno: error, subject, refusal ?? "")
      }
    }
  }
}

extension LinkInfo.Target {
  init(_ details: BPFCommand.LinkDetails) {
    self =
      switch details {
      case .rawTracepoint(let name, let cookie): .rawTracepoint(name: name, cookie: cookie)
      case .tracing(let attachType, let objectID, let typeID, let cookie):
        .tracing(
          attachType: AttachType(rawValue: attachType), objectID: objectID, typeID: typeID, cookie: cookie)
      case .cgroup(let id, let attachType): .cgroup(id: id, attachType: AttachType(rawValue: attachType))
      case .iterator(let target, let mapID, let detail, let order):
        .iterator(
          target: target, LinkInfo.IteratorRange(target, mapID: mapID, detail: detail, order: order))
      case .networkNamespace(let inode, let attachType):
        .networkNamespace(inode: inode, attachType: AttachType(rawValue: attachType))
      case .xdp(let interface): .xdp(interfaceIndex: Int(interface))
      case .structOps(let mapID): .structOps(mapID: MapID(rawValue: mapID))
      case .netfilter(let family, let hook, let priority, let flags):
        .netfilter(
          LinkInfo.NetfilterTarget(family: family, hook: hook, priority: priority, flags: flags))
      case .kprobeMulti(let addresses, let cookies, let flags, let missed):
        .kprobeMulti(
          LinkInfo.KprobeMultiTarget(
            addresses: addresses, cookies: cookies, isReturn: flags & 1 != 0, missed: missed))
      case .uprobeMulti(let probes): .uprobeMulti(LinkInfo.UprobeMultiTarget(probes))
      case .uprobe(let path, let offset, let cookie, let referenceCounter, let isReturn):
        .uprobe(
          LinkInfo.UprobeTarget(
            path: FilePath(path), offset: offset, cookie: cookie, referenceCounterOffset: referenceCounter,
            isReturn: isReturn))
      case .kprobe(let function, let offset, let address, let missed, let cookie, let isReturn):
        .kprobe(
          LinkInfo.KprobeTarget(
            function: function, offset: offset, address: address, missed: missed, cookie: cookie,
            isReturn: isReturn))
      case .tracepoint(let name, let cookie): .tracepoint(name: name, cookie: cookie)
      case .event(let type, let config, let cookie): .perfEvent(type: type, config: config, cookie: cookie)
      case .tcx(let interface, let attachType):
        .tcx(interfaceIndex: Int(interface), attachType: AttachType(rawValue: attachType))
      case .netkit(let interface, let attachType):
        .netkit(interfaceIndex: Int(interface), attachType: AttachType(rawValue: attachType))
      case .socketMap(let mapID, let attachType):
        .socketMap(mapID: MapID(rawValue: mapID), attachType: AttachType(rawValue: attachType))
      case .none: .unknown
      }
  }
}

extension LinkInfo.IteratorRange {
  /// What the kernel tells, by what the iterator goes over: the same bytes are a control group's id or a task's numbers.
  fileprivate init(_ target: String, mapID: UInt32, detail: UInt64, order: UInt32) {
    switch target {
    case "cgroup": self = .cgroup(id: detail, order: order)
    case "task", "task_file", "task_vma":
      let (thread, process) = (UInt32(truncatingIfNeeded: detail), UInt32(truncatingIfNeeded: detail >> 32))
      self = thread == 0 && process == 0 ? .everything : .task(threadID: thread, processID: process)
    default: self = mapID == 0 ? .everything : .map(id: MapID(rawValue: mapID))
    }
  }
}

extension LinkInfo.UprobeMultiTarget {
  fileprivate init(_ probes: BPFCommand.UserProbes) {
    self.init(
      path: probes.path, offsets: probes.offsets, referenceCounterOffsets: probes.referenceCounterOffsets,
      cookies: probes.cookies, isReturn: probes.flags & 1 != 0, processID: probes.process)
  }
}
