//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFObjects
public import BPFSyscall
public import SystemPackage

/// The kernel's description of a link. `struct bpf_link_info` of `BPF_OBJ_GET_INFO_BY_FD`.
///
/// Fields that the running kernel does not report are zero.
public struct LinkInfo: Hashable, Sendable {
  /// The link's id, valid while it exists.
  public var id: LinkID

  /// The link's type.
  public var type: LinkType

  /// The program that is attached; nil for links of struct_ops.
  public var programID: ProgramID?

  /// The attach target.
  public var target: Target

  /// An attach target. Interface indices and control group ids are 0 once the link is detached.
  public enum Target: Hashable, Sendable {
    /// A tracepoint. Linux 6.18 and later report the cookie.
    case rawTracepoint(name: String, cookie: UInt64)
    /// A function, tracepoint, LSM hook or type: its BTF object and type id, reported since Linux 5.13. For a function
    /// of another program, the object is that program's id. Linux 6.17 and later report the cookie.
    case tracing(attachType: AttachType, objectID: UInt32, typeID: UInt32, cookie: UInt64)
    /// A control group, by its id.
    case cgroup(id: UInt64, attachType: AttachType)
    /// An iterator over a named kind of object, such as `task` or `bpf_map_elem`.
    case iterator(target: String, IteratorRange)
    /// A network namespace, by its inode number.
    case networkNamespace(inode: UInt32, attachType: AttachType)
    /// A network interface, by its index.
    case xdp(interfaceIndex: Int)
    /// A kernel interface that programs implement, by its map.
    case structOps(mapID: MapID)
    /// A hook of netfilter.
    case netfilter(NetfilterTarget)
    /// Kernel functions. Their addresses are zero for callers that may not see kernel addresses.
    case kprobeMulti(KprobeMultiTarget)
    /// Probe offsets in an executable file.
    case uprobeMulti(UprobeMultiTarget)
    /// One probe offset in an executable file.
    case uprobe(UprobeTarget)
    /// One kernel function.
    case kprobe(KprobeTarget)
    /// A tracepoint, attached with a perf event. The name is the kernel's, without the category.
    case tracepoint(name: String, cookie: UInt64)
    /// Another perf event: its type and config, as in perf_event_open(2).
    case perfEvent(type: UInt32, config: UInt64, cookie: UInt64)
    /// The tcx hook of a network interface.
    case tcx(interfaceIndex: Int, attachType: AttachType)
    /// A netkit device: the device of the pair whose packets the program sees.
    case netkit(interfaceIndex: Int, attachType: AttachType)
    /// A socket map.
    case socketMap(mapID: MapID, attachType: AttachType)
    /// A target that the kernel does not report, or of a type unknown to this library.
    case unknown
  }

  /// The objects that an iterator visits.
  public enum IteratorRange: Hashable, Sendable {
    /// All objects.
    case everything
    /// The elements of a map.
    case map(id: MapID)
    /// A control group and its relatives in an order.
    case cgroup(id: UInt64, order: UInt32)
    /// One task or process; unused numbers are 0.
    case task(threadID: UInt32, processID: UInt32)
  }

  /// A hook of netfilter.
  public struct NetfilterTarget: Hashable, Sendable {
    /// The protocol family, such as 2 for IPv4.
    public var family: UInt32
    /// The hook, such as 3 for outgoing packets (`NF_INET_LOCAL_OUT`).
    public var hook: UInt32
    /// The position among the hook's programs and rules: lower priorities run first.
    public var priority: Int32
    /// The link's flags; `BPF_F_NETFILTER_IP_DEFRAG` is 1.
    public var flags: UInt32
  }

  /// Kernel functions.
  public struct KprobeMultiTarget: Hashable, Sendable {
    /// The functions' addresses.
    public var addresses: [UInt64]
    /// The cookies, one for each function.
    public var cookies: [UInt64]
    /// Whether the program runs when the functions return.
    public var isReturn: Bool
    /// The number of runs that were skipped because the program was running already.
    public var missed: UInt64
  }

  /// One kernel function.
  public struct KprobeTarget: Hashable, Sendable {
    /// The function's name.
    public var function: String
    /// The offset from the function's start, in bytes.
    public var offset: UInt64
    /// The address.
    public var address: UInt64
    /// The number of runs that were skipped because the program was running already.
    public var missed: UInt64
    /// The cookie that the program reads.
    public var cookie: UInt64
    /// Whether the program runs when the function returns.
    public var isReturn: Bool
  }

  /// Probe offsets in an executable file.
  public struct UprobeMultiTarget: Hashable, Sendable {
    /// The file.
    public var path: FilePath
    /// The probes' offsets in the file, in bytes.
    public var offsets: [UInt64]
    /// The file offsets of the USDT semaphores; 0 for none.
    public var referenceCounterOffsets: [UInt64]
    /// The cookies, one for each probe.
    public var cookies: [UInt64]
    /// Whether the program runs when the functions return.
    public var isReturn: Bool
    /// The process ID; 0 for all processes.
    public var processID: UInt32
  }

  /// One probe offset in an executable file.
  public struct UprobeTarget: Hashable, Sendable {
    /// The file.
    public var path: FilePath
    /// The probe's offset in the file, in bytes.
    public var offset: UInt64
    /// The cookie that the program reads.
    public var cookie: UInt64
    /// The file offset of the USDT semaphore; 0 for none. Linux 6.17.
    public var referenceCounterOffset: UInt64
    /// Whether the program runs when the function returns.
    public var isReturn: Bool
  }
}

// MARK: - Reading

extension Link {
  /// Reads the kernel's current description of the link.
  ///
  /// System calls: `BPF_OBJ_GET_INFO_BY_FD` twice, and once more for links with a name or list. Linux 5.8.
  ///
  /// - Throws: `BPFError` with the kernel's errno; `BPFError.Code.unsupported` for an attachment without a kernel link.
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
  /// Interprets the kernel's fields by the iterator's kind: the same bytes are a control group id or a task's numbers.
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
