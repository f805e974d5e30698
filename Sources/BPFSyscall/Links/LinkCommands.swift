//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import CLinuxBPF
package import SystemPackage

// MARK: - Creating

extension BPFCommand {
  /// The fields that all kinds of links share.
  package struct LinkCreation: Sendable {
    /// The program's descriptor; for struct_ops links, the map's.
    package var object: CInt
    /// The attach target: a descriptor, or a network interface's index.
    package var target: UInt32 = 0
    package var attachType: UInt32
    package var flags: UInt32 = 0

    package init(_ object: FileDescriptor, attachType: UInt32) {
      (self.object, self.attachType) = (object.rawValue, attachType)
    }

    /// Creates the fields of a link to the object that a descriptor refers to.
    package init(_ object: FileDescriptor, to target: FileDescriptor, attachType: UInt32, flags: UInt32 = 0) {
      self.init(object, attachType: attachType)
      (self.target, self.flags) = (UInt32(bitPattern: target.rawValue), flags)
    }

    var header: linux_bpf_link_create {
      linux_bpf_link_create(
        prog_fd: UInt32(bitPattern: object), target_fd: target, attach_type: attachType, flags: flags)
    }
  }

  /// Creates a link without fields particular to its type. `BPF_LINK_CREATE`, Linux 5.7.
  package static func linkCreate(_ creation: LinkCreation) throws(Errno) -> OwnedDescriptor {
    var argument = creation.header
    return OwnedDescriptor(rawValue: try bpf(LINUX_BPF_LINK_CREATE, &argument))
  }

  /// Creates a link to a perf event. `BPF_LINK_CREATE`, Linux 5.15.
  package static func linkCreate(_ creation: LinkCreation, cookie: UInt64) throws(Errno) -> OwnedDescriptor {
    var argument = linux_bpf_link_create_perf_event()
    (argument.header, argument.bpf_cookie) = (creation.header, cookie)
    return OwnedDescriptor(rawValue: try bpf(LINUX_BPF_LINK_CREATE, &argument))
  }

  /// Creates a link to a kernel function, type or tracepoint, or to a function of another program. `BPF_LINK_CREATE`,
  /// Linux 5.11, with a cookie 5.19.
  package static func linkCreate(
    _ creation: LinkCreation, typeID: UInt32, cookie: UInt64
  ) throws(Errno) -> OwnedDescriptor {
    var argument = linux_bpf_link_create_tracing()
    (argument.header, argument.target_btf_id, argument.cookie) = (creation.header, typeID, cookie)
    return OwnedDescriptor(rawValue: try bpf(LINUX_BPF_LINK_CREATE, &argument))
  }

  /// Creates a link to a hook with ordered programs. `BPF_LINK_CREATE`, Linux 6.6.
  package static func linkCreate(
    _ creation: LinkCreation, relative: UInt32, expectedRevision: UInt64
  ) throws(Errno) -> OwnedDescriptor {
    var argument = linux_bpf_link_create_ordered()
    argument.header = creation.header
    (argument.relative_fd, argument.expected_revision) = (relative, expectedRevision)
    return OwnedDescriptor(rawValue: try bpf(LINUX_BPF_LINK_CREATE, &argument))
  }

  /// Creates a link to a netfilter hook. `BPF_LINK_CREATE`, Linux 6.4.
  package static func linkCreate(
    _ creation: LinkCreation, family: UInt32, hook: UInt32, priority: Int32, netfilterFlags: UInt32
  ) throws(Errno) -> OwnedDescriptor {
    var argument = linux_bpf_link_create_netfilter()
    (argument.header, argument.pf, argument.hooknum) = (creation.header, family, hook)
    (argument.priority, argument.flags) = (priority, netfilterFlags)
    return OwnedDescriptor(rawValue: try bpf(LINUX_BPF_LINK_CREATE, &argument))
  }

  /// The objects that an iterator visits.
  package enum IteratorTarget: Sendable {
    case everything
    case map(FileDescriptor)
    case thread(id: UInt32)
    case process(id: UInt32)
    case processDescriptor(FileDescriptor)
    case cgroup(FileDescriptor, order: UInt32)
  }

  /// Creates an iterator link. `BPF_LINK_CREATE`, Linux 5.8; over a map 5.9, over tasks or control groups 6.1.
  package static func linkCreate(
    _ creation: LinkCreation, iterating target: IteratorTarget
  ) throws(Errno) -> OwnedDescriptor {
    switch target {
    case .everything: return try linkCreate(creation)
    case .map(let map):
      return try linkCreate(
        creation, iterating: linux_bpf_iter_link_map(map_fd: UInt32(bitPattern: map.rawValue)))
    case .thread(let id):
      return try linkCreate(creation, iterating: linux_bpf_iter_link_task(tid: id, pid: 0, pid_fd: 0))
    case .process(let id):
      return try linkCreate(creation, iterating: linux_bpf_iter_link_task(tid: 0, pid: id, pid_fd: 0))
    case .processDescriptor(let descriptor):
      return try linkCreate(
        creation,
        iterating: linux_bpf_iter_link_task(
          tid: 0, pid: 0, pid_fd: UInt32(bitPattern: descriptor.rawValue)))
    case .cgroup(let cgroup, let order):
      return try linkCreate(
        creation,
        iterating: linux_bpf_iter_link_cgroup(
          order: order, cgroup_fd: UInt32(bitPattern: cgroup.rawValue), cgroup_id: 0))
    }
  }

  private static func linkCreate<Information: BitwiseCopyable>(
    _ creation: LinkCreation, iterating information: Information
  ) throws(Errno) -> OwnedDescriptor {
    let descriptor = try unsafe withUnsafeBytes(of: information) { (information) throws(Errno) in
      var argument = linux_bpf_link_create_iter()
      argument.header = creation.header
      argument.iter_info = unsafe UInt64(address: information.baseAddress)
      argument.iter_info_len = UInt32(truncatingIfNeeded: information.count)
      return try bpf(LINUX_BPF_LINK_CREATE, &argument)
    }
    return OwnedDescriptor(rawValue: descriptor)
  }

  /// Attaches a program to a raw tracepoint. `BPF_RAW_TRACEPOINT_OPEN`, Linux 4.17; with a cookie 6.10.
  ///
  /// - Parameter name: the tracepoint; nil for the one that the program was loaded for.
  package static func rawTracepointOpen(
    _ program: FileDescriptor, name: String?, cookie: UInt64
  ) throws(Errno) -> OwnedDescriptor {
    var argument = linux_bpf_raw_tracepoint()
    (argument.prog_fd, argument.cookie) = (UInt32(bitPattern: program.rawValue), cookie)
    guard let name else {
      return OwnedDescriptor(rawValue: try bpf(LINUX_BPF_RAW_TRACEPOINT_OPEN, &argument))
    }
    let bytes = Array(name.utf8) + [0]
    return OwnedDescriptor(
      rawValue: try unsafe bytes.span.bytes.withUnsafeBytes { (name) throws(Errno) in
        argument.name = unsafe UInt64(address: name.baseAddress)
        return try bpf(LINUX_BPF_RAW_TRACEPOINT_OPEN, &argument)
      })
  }
}

// MARK: - Multiple probes

extension BPFCommand {
  /// Creates a link to multiple kernel functions. `BPF_LINK_CREATE`, Linux 5.18.
  ///
  /// - Parameters:
  ///   - addresses: the addresses of the functions, used if `symbols` is empty.
  ///   - cookies: one for each function, or empty.
  package static func linkCreate(
    _ creation: LinkCreation, kprobeFlags: UInt32, symbols: [String], addresses: [UInt64], cookies: [UInt64]
  ) throws(Errno) -> OwnedDescriptor {
    var text: [UInt8] = []
    var offsets: [Int] = []
    for symbol in symbols {
      offsets.append(text.count)
      text += Array(symbol.utf8) + [0]
    }
    var argument = linux_bpf_link_create_kprobe_multi()
    (argument.header, argument.flags) = (creation.header, kprobeFlags)
    argument.cnt = UInt32(clamping: symbols.isEmpty ? addresses.count : symbols.count)
    // Every address is that of an array that outlives the call.
    return OwnedDescriptor(
      rawValue: try unsafe text.span.bytes.withUnsafeBytes { (text) throws(Errno) in
        let base = unsafe UInt64(address: text.baseAddress)
        let pointers = offsets.map { base + UInt64($0) }
        return try unsafe pointers.span.bytes.withUnsafeBytes { (pointers) throws(Errno) in
          try unsafe addresses.span.bytes.withUnsafeBytes { (addresses) throws(Errno) in
            try unsafe cookies.span.bytes.withUnsafeBytes { (cookies) throws(Errno) in
              argument.syms = unsafe pointers.isEmpty ? 0 : UInt64(address: pointers.baseAddress)
              argument.addrs = unsafe pointers.isEmpty ? UInt64(address: addresses.baseAddress) : 0
              argument.cookies = unsafe cookies.isEmpty ? 0 : UInt64(address: cookies.baseAddress)
              return try bpf(LINUX_BPF_LINK_CREATE, &argument)
            }
          }
        }
      })
  }

  /// Probes of an executable file.
  package struct UserProbes: Sendable {
    package var path: FilePath
    /// Offsets in bytes from the beginning of the file.
    package var offsets: [UInt64]
    /// The file offsets of the USDT semaphores (reference counters), one for each probe; or empty.
    package var referenceCounterOffsets: [UInt64] = []
    /// One for each probe, or empty.
    package var cookies: [UInt64] = []
    package var flags: UInt32 = 0
    /// The process id; 0 for all processes.
    package var process: UInt32 = 0

    package init(path: FilePath, offsets: [UInt64]) { (self.path, self.offsets) = (path, offsets) }

    /// Returns the probes at the given indices.
    package func selecting(_ indices: [Int]) -> UserProbes {
      func part(_ list: [UInt64]) -> [UInt64] { list.isEmpty ? [] : indices.map { list[$0] } }
      var selected = self
      selected.offsets = part(offsets)
      selected.referenceCounterOffsets = part(referenceCounterOffsets)
      selected.cookies = part(cookies)
      return selected
    }
  }

  /// Creates a link to multiple probes of one executable file. `BPF_LINK_CREATE`, Linux 6.6.
  package static func linkCreate(
    _ creation: LinkCreation, _ probes: UserProbes
  ) throws(Errno) -> OwnedDescriptor {
    var argument = linux_bpf_link_create_uprobe_multi()
    (argument.header, argument.flags, argument.pid) = (creation.header, probes.flags, probes.process)
    argument.cnt = UInt32(clamping: probes.offsets.count)
    return OwnedDescriptor(
      rawValue: try probes.path.withKernelAddress { (path) throws(Errno) in
        try unsafe probes.offsets.span.bytes.withUnsafeBytes { (offsets) throws(Errno) in
          try unsafe probes.referenceCounterOffsets.span.bytes.withUnsafeBytes { (counters) throws(Errno) in
            try unsafe probes.cookies.span.bytes.withUnsafeBytes { (cookies) throws(Errno) in
              argument.path = path
              argument.offsets = unsafe UInt64(address: offsets.baseAddress)
              argument.ref_ctr_offsets = unsafe counters.isEmpty ? 0 : UInt64(address: counters.baseAddress)
              argument.cookies = unsafe cookies.isEmpty ? 0 : UInt64(address: cookies.baseAddress)
              return try bpf(LINUX_BPF_LINK_CREATE, &argument)
            }
          }
        }
      })
  }
}

// MARK: - Updating links

extension BPFCommand {
  /// Replaces a link's program. `BPF_LINK_UPDATE`, Linux 5.7.
  ///
  /// - Parameters:
  ///   - object: the new program; for struct_ops links, the new map.
  ///   - expected: the program or map that must be attached now; nil for any.
  package static func linkUpdate(
    _ link: FileDescriptor, to object: FileDescriptor, replacing expected: FileDescriptor?
  ) throws(Errno) {
    var argument = linux_bpf_link_update()
    argument.link_fd = UInt32(bitPattern: link.rawValue)
    argument.new_prog_fd = UInt32(bitPattern: object.rawValue)
    if let expected {
      argument.flags = LINUX_BPF_F_REPLACE
      argument.old_prog_fd = UInt32(bitPattern: expected.rawValue)
    }
    _ = try bpf(LINUX_BPF_LINK_UPDATE, &argument)
  }

  /// Detaches a link. `BPF_LINK_DETACH`, Linux 5.9.
  package static func linkDetach(_ link: FileDescriptor) throws(Errno) {
    var argument = linux_bpf_link_detach(link_fd: UInt32(bitPattern: link.rawValue))
    _ = try bpf(LINUX_BPF_LINK_DETACH, &argument)
  }

  /// Opens a descriptor that reads an iterator's output. `BPF_ITER_CREATE`, Linux 5.8.
  package static func iteratorCreate(_ link: FileDescriptor) throws(Errno) -> OwnedDescriptor {
    var argument = linux_bpf_iter_create()
    argument.link_fd = UInt32(bitPattern: link.rawValue)
    return OwnedDescriptor(rawValue: try bpf(LINUX_BPF_ITER_CREATE, &argument))
  }
}

/// Flags for attaching programs, with and without links. `BPF_F_*`.
package enum AttachFlag {
  package static let overridable = UInt32(LINUX_BPF_F_ALLOW_OVERRIDE)
  package static let multiple = UInt32(LINUX_BPF_F_ALLOW_MULTI)
  package static let before = UInt32(LINUX_BPF_F_BEFORE)
  package static let after = UInt32(LINUX_BPF_F_AFTER)
  /// The program runs before the programs of descendant control groups.
  package static let preorder = UInt32(LINUX_BPF_F_PREORDER)
  /// The relative program is given as a link.
  package static let link = LINUX_BPF_F_LINK.rawValue
}

// MARK: - Attaching without links

extension BPFCommand {
  /// The fields of BPF_PROG_ATTACH and BPF_PROG_DETACH.
  package struct ProgramAttachment: Sendable {
    /// The attach target: a descriptor, or a network interface's index.
    package var target: UInt32
    package var attachType: UInt32
    package var flags: UInt32 = 0
    /// The program to replace.
    package var replaced: CInt = 0
    /// The program or link before or after which the program is attached.
    package var relative: UInt32 = 0
    package var expectedRevision: UInt64 = 0

    package init(target: UInt32, attachType: UInt32) { (self.target, self.attachType) = (target, attachType) }

    fileprivate func argument(_ program: FileDescriptor?) -> linux_bpf_program_attach {
      linux_bpf_program_attach(
        target_fd: target, attach_bpf_fd: UInt32(bitPattern: program?.rawValue ?? 0), attach_type: attachType,
        attach_flags: flags, replace_bpf_fd: UInt32(bitPattern: replaced), relative_fd: relative,
        expected_revision: expectedRevision)
    }
  }

  /// Attaches a program. `BPF_PROG_ATTACH`, Linux 4.10.
  package static func programAttach(
    _ program: FileDescriptor, _ attachment: ProgramAttachment
  ) throws(Errno) {
    var argument = attachment.argument(program)
    _ = try bpf(LINUX_BPF_PROG_ATTACH, &argument)
  }

  /// Detaches a program. `BPF_PROG_DETACH`, Linux 4.10.
  package static func programDetach(
    _ program: FileDescriptor?, _ attachment: ProgramAttachment
  ) throws(Errno) {
    var argument = attachment.argument(program)
    _ = try bpf(LINUX_BPF_PROG_DETACH, &argument)
  }
}
