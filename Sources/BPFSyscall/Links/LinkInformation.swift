//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import CLinuxBPF
package import SystemPackage

extension BPFCommand {
  /// The information that all links share, from BPF_OBJ_GET_INFO_BY_FD.
  package struct LinkInformation: Sendable {
    package var type: UInt32
    package var id: UInt32
    /// The program's id; 0 for struct_ops links.
    package var programID: UInt32
  }

  /// The information particular to a link's type.
  package enum LinkDetails: Sendable {
    case rawTracepoint(name: String, cookie: UInt64)
    case tracing(attachType: UInt32, objectID: UInt32, typeID: UInt32, cookie: UInt64)
    case cgroup(id: UInt64, attachType: UInt32)
    case iterator(target: String, mapID: UInt32, detail: UInt64, order: UInt32)
    case networkNamespace(inode: UInt32, attachType: UInt32)
    case xdp(interface: UInt32)
    case structOps(mapID: UInt32)
    case netfilter(family: UInt32, hook: UInt32, priority: Int32, flags: UInt32)
    case kprobeMulti(addresses: [UInt64], cookies: [UInt64], flags: UInt32, missed: UInt64)
    case uprobeMulti(UserProbes)
    case uprobe(path: String, offset: UInt64, cookie: UInt64, referenceCounter: UInt64, isReturn: Bool)
    case kprobe(
      function: String, offset: UInt64, address: UInt64, missed: UInt64, cookie: UInt64, isReturn: Bool)
    case tracepoint(name: String, cookie: UInt64)
    case event(type: UInt32, config: UInt64, cookie: UInt64)
    case tcx(interface: UInt32, attachType: UInt32)
    case netkit(interface: UInt32, attachType: UInt32)
    case socketMap(mapID: UInt32, attachType: UInt32)
    /// The kernel gives no further information, or the library does not know the type.
    case none
  }

  /// Returns a link's information. `BPF_OBJ_GET_INFO_BY_FD`, Linux 5.8.
  ///
  /// The descriptor must be that of a link: for another object, the kernel fills in that object's fields.
  package static func linkInformation(_ link: FileDescriptor) throws(Errno) -> LinkInformation {
    var info = linux_bpf_link_info()
    try information(of: link, into: &info)
    return LinkInformation(type: info.type, id: info.id, programID: info.prog_id)
  }

  /// Returns the information particular to a link's type. `BPF_OBJ_GET_INFO_BY_FD`, and once more for names or lists.
  package static func linkDetails(_ link: FileDescriptor, type: UInt32) throws(Errno) -> LinkDetails {
    switch linux_bpf_link_type(rawValue: type) {
    case LINUX_BPF_LINK_TYPE_RAW_TRACEPOINT: try rawTracepoint(link)
    case LINUX_BPF_LINK_TYPE_TRACING: try tracing(link)
    case LINUX_BPF_LINK_TYPE_CGROUP: try cgroup(link)
    case LINUX_BPF_LINK_TYPE_ITER: try iterator(link)
    case LINUX_BPF_LINK_TYPE_NETNS: try networkNamespace(link)
    case LINUX_BPF_LINK_TYPE_XDP: .xdp(interface: try detail(link, linux_bpf_link_xdp()).ifindex)
    case LINUX_BPF_LINK_TYPE_PERF_EVENT: try perfEvent(link)
    case LINUX_BPF_LINK_TYPE_KPROBE_MULTI: try kprobeMulti(link)
    case LINUX_BPF_LINK_TYPE_STRUCT_OPS:
      .structOps(mapID: try detail(link, linux_bpf_link_struct_ops()).map_id)
    case LINUX_BPF_LINK_TYPE_NETFILTER: try netfilter(link)
    case LINUX_BPF_LINK_TYPE_UPROBE_MULTI: try uprobeMulti(link)
    case LINUX_BPF_LINK_TYPE_TCX: try device(link) { .tcx(interface: $0, attachType: $1) }
    case LINUX_BPF_LINK_TYPE_NETKIT: try device(link) { .netkit(interface: $0, attachType: $1) }
    case LINUX_BPF_LINK_TYPE_SOCKMAP: try socketMap(link)
    default: .none
    }
  }

  /// Returns the information of a type that has neither names nor lists.
  private static func detail<Info: BitwiseCopyable>(
    _ link: FileDescriptor, _ empty: Info
  ) throws(Errno) -> Info {
    var info = empty
    try information(of: link, into: &info)
    return info
  }

  // MARK: - By type

  private static func rawTracepoint(_ link: FileDescriptor) throws(Errno) -> LinkDetails {
    var info = linux_bpf_link_raw_tracepoint()
    let name = try text(link, &info, address: \.tp_name, length: \.tp_name_len)
    return .rawTracepoint(name: name, cookie: info.cookie)
  }

  private static func tracing(_ link: FileDescriptor) throws(Errno) -> LinkDetails {
    let info = try detail(link, linux_bpf_link_tracing())
    return .tracing(
      attachType: info.attach_type, objectID: info.target_obj_id, typeID: info.target_btf_id,
      cookie: info.cookie)
  }

  private static func cgroup(_ link: FileDescriptor) throws(Errno) -> LinkDetails {
    let info = try detail(link, linux_bpf_link_cgroup())
    return .cgroup(id: info.cgroup_id, attachType: info.attach_type)
  }

  private static func iterator(_ link: FileDescriptor) throws(Errno) -> LinkDetails {
    var info = linux_bpf_link_iter()
    let target = try text(link, &info, address: \.target_name, length: \.target_name_len)
    return .iterator(target: target, mapID: info.map_id, detail: info.cgroup_id, order: info.order)
  }

  private static func networkNamespace(_ link: FileDescriptor) throws(Errno) -> LinkDetails {
    let info = try detail(link, linux_bpf_link_netns())
    return .networkNamespace(inode: info.netns_ino, attachType: info.attach_type)
  }

  private static func netfilter(_ link: FileDescriptor) throws(Errno) -> LinkDetails {
    let info = try detail(link, linux_bpf_link_netfilter())
    return .netfilter(family: info.pf, hook: info.hooknum, priority: info.priority, flags: info.flags)
  }

  private static func device(
    _ link: FileDescriptor, _ details: (UInt32, UInt32) -> LinkDetails
  ) throws(Errno) -> LinkDetails {
    let info = try detail(link, linux_bpf_link_device())
    return details(info.ifindex, info.attach_type)
  }

  private static func socketMap(_ link: FileDescriptor) throws(Errno) -> LinkDetails {
    let info = try detail(link, linux_bpf_link_sockmap())
    return .socketMap(mapID: info.map_id, attachType: info.attach_type)
  }

  private static func perfEvent(_ link: FileDescriptor) throws(Errno) -> LinkDetails {
    let type = try detail(link, linux_bpf_link_perf_event()).type
    switch linux_bpf_perf_event_type(rawValue: type) {
    case LINUX_BPF_PERF_EVENT_UPROBE, LINUX_BPF_PERF_EVENT_URETPROBE:
      var info = linux_bpf_link_uprobe()
      let path = try text(link, &info, address: \.file_name, length: \.name_len)
      return .uprobe(
        path: path, offset: UInt64(info.offset), cookie: info.cookie, referenceCounter: info.ref_ctr_offset,
        isReturn: type == LINUX_BPF_PERF_EVENT_URETPROBE.rawValue)
    case LINUX_BPF_PERF_EVENT_KPROBE, LINUX_BPF_PERF_EVENT_KRETPROBE:
      var info = linux_bpf_link_kprobe()
      let function = try text(link, &info, address: \.func_name, length: \.name_len)
      return .kprobe(
        function: function, offset: UInt64(info.offset), address: info.addr, missed: info.missed,
        cookie: info.cookie, isReturn: type == LINUX_BPF_PERF_EVENT_KRETPROBE.rawValue)
    case LINUX_BPF_PERF_EVENT_TRACEPOINT:
      var info = linux_bpf_link_tracepoint()
      let name = try text(link, &info, address: \.tp_name, length: \.name_len)
      return .tracepoint(name: name, cookie: info.cookie)
    case LINUX_BPF_PERF_EVENT_EVENT:
      let info = try detail(link, linux_bpf_link_event())
      return .event(type: info.type, config: info.config, cookie: info.cookie)
    default: return .none
    }
  }

  // MARK: - Names and lists

  /// Reads a name into a buffer. The kernel does not report the name's length; paths are the longest.
  private static func text<Info: BitwiseCopyable>(
    _ link: FileDescriptor, _ info: inout Info, address: WritableKeyPath<Info, UInt64>,
    length: WritableKeyPath<Info, UInt32>
  ) throws(Errno) -> String {
    let empty = info
    var capacity = 4096
    while true {
      var bytes = [UInt8](repeating: 0, count: capacity)
      var span = bytes.mutableSpan
      info = empty
      do throws(Errno) {
        try unsafe span.withUnsafeMutableBytes { (bytes) throws(Errno) in
          info[keyPath: address] = unsafe UInt64(address: bytes.baseAddress)
          info[keyPath: length] = UInt32(truncatingIfNeeded: bytes.count)
          try information(of: link, into: &info)
        }
      } catch {
        guard error == .noSpace, capacity < 1 << 20 else { throw error }
        capacity *= 2
        continue
      }
      return String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
  }

  private static func kprobeMulti(_ link: FileDescriptor) throws(Errno) -> LinkDetails {
    let sized = try detail(link, linux_bpf_link_kprobe_multi())
    var addresses = [UInt64](repeating: 0, count: Int(sized.count))
    var cookies = addresses
    guard !addresses.isEmpty else {
      return .kprobeMulti(addresses: [], cookies: [], flags: sized.flags, missed: sized.missed)
    }
    var info = linux_bpf_link_kprobe_multi()
    var addressSpan = addresses.mutableSpan
    var cookieSpan = cookies.mutableSpan
    try unsafe addressSpan.withUnsafeMutableBytes { (addresses) throws(Errno) in
      try unsafe cookieSpan.withUnsafeMutableBytes { (cookies) throws(Errno) in
        info.addrs = unsafe UInt64(address: addresses.baseAddress)
        info.cookies = unsafe UInt64(address: cookies.baseAddress)
        info.count = sized.count
        try information(of: link, into: &info)
      }
    }
    return .kprobeMulti(addresses: addresses, cookies: cookies, flags: info.flags, missed: info.missed)
  }

  private static func uprobeMulti(_ link: FileDescriptor) throws(Errno) -> LinkDetails {
    let count = Int(try detail(link, linux_bpf_link_uprobe_multi()).count)
    var offsets = [UInt64](repeating: 0, count: count)
    var counters = offsets
    var cookies = offsets
    var path = [UInt8](repeating: 0, count: 4096)
    var info = linux_bpf_link_uprobe_multi()
    var offsetSpan = offsets.mutableSpan
    var counterSpan = counters.mutableSpan
    var cookieSpan = cookies.mutableSpan
    var pathSpan = path.mutableSpan
    try unsafe offsetSpan.withUnsafeMutableBytes { (offsets) throws(Errno) in
      try unsafe counterSpan.withUnsafeMutableBytes { (counters) throws(Errno) in
        try unsafe cookieSpan.withUnsafeMutableBytes { (cookies) throws(Errno) in
          try unsafe pathSpan.withUnsafeMutableBytes { (path) throws(Errno) in
            info.offsets = unsafe UInt64(address: offsets.baseAddress)
            info.ref_ctr_offsets = unsafe UInt64(address: counters.baseAddress)
            info.cookies = unsafe UInt64(address: cookies.baseAddress)
            info.path = unsafe UInt64(address: path.baseAddress)
            (info.count, info.path_size) = (UInt32(clamping: count), UInt32(clamping: path.count))
            try information(of: link, into: &info)
          }
        }
      }
    }
    var probes = UserProbes(
      path: FilePath(String(decoding: path.prefix { $0 != 0 }, as: UTF8.self)), offsets: offsets)
    (probes.referenceCounterOffsets, probes.cookies) = (counters, cookies)
    (probes.flags, probes.process) = (info.flags, info.pid)
    return .uprobeMulti(probes)
  }
}
