//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFObjects
public import BPFSyscall
public import SystemPackage

// MARK: - Tracepoints, functions and perf events

extension LinkInfo.Target {
  /// A tracepoint.
  public struct Tracepoint: Hashable, Sendable {
    /// The kernel's name, without the category.
    public var name: String
    /// The cookie that the program reads. Linux 6.9; for raw tracepoints Linux 6.17.
    public var cookie: UInt64
  }

  /// A function, tracepoint, LSM hook or type.
  public struct Tracing: Hashable, Sendable {
    /// The attach type.
    public var attachType: AttachType
    /// The id of the BTF object; for a function of another program, that program's id. Linux 5.13.
    public var objectID: UInt32
    /// The type's id in the BTF. Linux 5.13.
    public var typeID: UInt32
    /// The cookie that the program reads. Linux 6.17.
    public var cookie: UInt64
  }

  /// A perf event.
  public struct PerfEvent: Hashable, Sendable {
    /// The kind of event.
    public var type: PerfEventType
    /// The event within its type.
    public var config: UInt64
    /// The cookie that the program reads. Linux 6.9.
    public var cookie: UInt64
  }

  /// One kernel function.
  public struct Kprobe: Hashable, Sendable {
    /// The function's name.
    public var function: String
    /// The offset from the function's start, in bytes.
    public var offset: UInt64
    /// The address; 0 for callers that may not see kernel addresses.
    public var address: UInt64
    /// The number of runs that were skipped because the program was running already.
    public var missed: UInt64
    /// The cookie that the program reads. Linux 6.9.
    public var cookie: UInt64
    /// Whether the program runs when the function returns.
    public var isReturn: Bool
  }

  /// Kernel functions.
  public struct KprobeMulti: Hashable, Sendable {
    /// The functions' addresses; zeros for callers that may not see kernel addresses.
    public var addresses: [UInt64]
    /// The cookies, one for each function. Linux 6.9; before, zeros.
    public var cookies: [UInt64]
    /// Whether the program runs when the functions return.
    public var isReturn: Bool
    /// The number of runs that were skipped because the program was running already.
    public var missed: UInt64
  }

  /// One probe offset in an executable file.
  public struct Uprobe: Hashable, Sendable {
    /// The file.
    public var path: FilePath
    /// The probe's offset in the file, in bytes.
    public var offset: UInt64
    /// The cookie that the program reads. Linux 6.9.
    public var cookie: UInt64
    /// The file offset of the USDT semaphore; 0 for none. Linux 6.16.
    public var referenceCounterOffset: UInt64
    /// Whether the program runs when the function returns.
    public var isReturn: Bool
  }

  /// Probe offsets in an executable file.
  public struct UprobeMulti: Hashable, Sendable {
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

    init(_ probes: BPFCommand.UserProbes) {
      (path, offsets, cookies) = (probes.path, probes.offsets, probes.cookies)
      referenceCounterOffsets = probes.referenceCounterOffsets
      (isReturn, processID) = (probes.flags & 1 != 0, probes.process)
    }
  }
}

// MARK: - Control groups, networks and maps

extension LinkInfo.Target {
  /// A control group.
  public struct Cgroup: Hashable, Sendable {
    /// The control group's id; 0 once the link is detached.
    public var id: UInt64
    /// The attach type.
    public var attachType: AttachType
  }

  /// A network namespace.
  public struct NetworkNamespace: Hashable, Sendable {
    /// The inode number of the namespace's file.
    public var inode: UInt32
    /// The attach type.
    public var attachType: AttachType
  }

  /// A network interface.
  public struct NetworkInterface: Hashable, Sendable {
    /// The interface's index; 0 once the link is detached. For netkit, the device of the pair whose packets the
    /// program sees.
    public var index: Int
    /// The attach type.
    public var attachType: AttachType
  }

  /// A netfilter hook.
  public struct Netfilter: Hashable, Sendable {
    /// The protocol family, such as 2 for IPv4.
    public var family: UInt32
    /// The hook, such as 3 for outgoing packets (`NF_INET_LOCAL_OUT`).
    public var hook: UInt32
    /// The position among the hook's programs and rules: lower priorities run first.
    public var priority: Int32
    /// The link's flags; `BPF_F_NETFILTER_IP_DEFRAG` is 1.
    public var flags: UInt32
  }

  /// A map: of the implementation of a kernel interface, or of sockets.
  public struct Map: Hashable, Sendable {
    /// The map's id.
    public var id: MapID
    /// The attach type.
    public var attachType: AttachType
  }
}

// MARK: - Iterators

extension LinkInfo.Target {
  /// An iterator over a named kind of object. It visits all objects unless ``mapID``, ``cgroup`` or ``task`` names
  /// some.
  public struct Iterator: Hashable, Sendable {
    /// The kind of object, such as `task` or `bpf_map_elem`.
    public var name: String
    /// The map whose elements the iterator visits.
    public var mapID: MapID?
    /// The control groups that the iterator visits.
    public var cgroup: CgroupWalk?
    /// The tasks that the iterator visits.
    public var task: Task?

    /// A control group and its relatives in an order.
    public struct CgroupWalk: Hashable, Sendable {
      /// The control group's id.
      public var id: UInt64
      /// The order, as in ``IteratorScope/CgroupOrder``.
      public var order: UInt32
    }

    /// One thread or process; unused numbers are 0.
    public struct Task: Hashable, Sendable {
      /// The thread ID.
      public var threadID: UInt32
      /// The process ID.
      public var processID: UInt32
    }

    /// Interprets the kernel's fields by the iterator's kind: the same bytes are a control group id or a task's
    /// numbers.
    init(_ name: String, mapID: UInt32, detail: UInt64, order: UInt32) {
      self.name = name
      switch name {
      case "cgroup": cgroup = CgroupWalk(id: detail, order: order)
      case "task", "task_file", "task_vma":
        let task = Task(
          threadID: UInt32(truncatingIfNeeded: detail), processID: UInt32(truncatingIfNeeded: detail >> 32))
        if detail != 0 { self.task = task }
      default: if mapID != 0 { self.mapID = MapID(rawValue: mapID) }
      }
    }
  }
}

extension LinkInfo.Target.Iterator: CustomStringConvertible {
  /// A description for messages, such as `iterator over 'bpf_map_elem' of map 12`.
  public var description: String {
    let scope =
      mapID.map { " of map \($0)" } ?? cgroup.map { " at control group \($0.id)" }
      ?? task.map { $0.threadID == 0 ? " of process \($0.processID)" : " of thread \($0.threadID)" } ?? ""
    return "iterator over '\(name)'\(scope)"
  }
}
