//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import CLinuxBPF
package import SystemPackage

// MARK: - Creating

extension BPFCommand {
  /// What every link is made of.
  package struct LinkCreation: Sendable {
    /// The program; of links of struct_ops the map.
    package var object: CInt
    /// What it is attached to: a descriptor, or the number of a network interface.
    package var target: UInt32 = 0
    package var attachType: UInt32
    package var flags: UInt32 = 0

    package init(_ object: FileDescriptor, attachType: UInt32) {
      (self.object, self.attachType) = (object.rawValue, attachType)
    }

    /// Attached to what a descriptor stands for.
    package init(_ object: FileDescriptor, to target: FileDescriptor, attachType: UInt32, flags: UInt32 = 0) {
      self.init(object, attachType: attachType)
      (self.target, self.flags) = (UInt32(bitPattern: target.rawValue), flags)
    }

    fileprivate var head: linux_bpf_link_create {
      linux_bpf_link_create(
        prog_fd: UInt32(bitPattern: object), target_fd: target, attach_type: attachType, flags: flags)
    }
  }

  /// `BPF_LINK_CREATE` with nothing more than all links have, Linux 5.7.
  package static func linkCreate(_ creation: LinkCreation) throws(Errno) -> OwnedDescriptor {
    var argument = creation.head
    return OwnedDescriptor(rawValue: try bpf(LINUX_BPF_LINK_CREATE, &argument))
  }

  /// `BPF_LINK_CREATE` to a perf event, Linux 5.15.
  package static func linkCreate(_ creation: LinkCreation, cookie: UInt64) throws(Errno) -> OwnedDescriptor {
    var argument = linux_bpf_link_create_perf_event()
    (argument.head, argument.bpf_cookie) = (creation.head, cookie)
    return OwnedDescriptor(rawValue: try bpf(LINUX_BPF_LINK_CREATE, &argument))
  }

  /// `BPF_LINK_CREATE` to a function, type or tracepoint of the kernel, or a function of another program; Linux 5.11,
  /// with a cookie 5.19.
  package static func linkCreate(
    _ creation: LinkCreation, typeID: UInt32, cookie: UInt64
  ) throws(Errno) -> OwnedDescriptor {
    var argument = linux_bpf_link_create_tracing()
    (argument.head, argument.target_btf_id, argument.cookie) = (creation.head, typeID, cookie)
    return OwnedDescriptor(rawValue: try bpf(LINUX_BPF_LINK_CREATE, &argument))
  }

  /// `BPF_LINK_CREATE` to a place where programs have an order, Linux 6.6.
  package static func linkCreate(
    _ creation: LinkCreation, relative: UInt32, expectedRevision: UInt64
  ) throws(Errno) -> OwnedDescriptor {
    var argument = linux_bpf_link_create_ordered()
    argument.head = creation.head
    (argument.relative_fd, argument.expected_revision) = (relative, expectedRevision)
    return OwnedDescriptor(rawValue: try bpf(LINUX_BPF_LINK_CREATE, &argument))
  }

  /// `BPF_LINK_CREATE` to a hook of netfilter, Linux 6.4.
  package static func linkCreate(
    _ creation: LinkCreation, family: UInt32, hook: UInt32, priority: Int32, netfilterFlags: UInt32
  ) throws(Errno) -> OwnedDescriptor {
    var argument = linux_bpf_link_create_netfilter()
    (argument.head, argument.pf, argument.hooknum) = (creation.head, family, hook)
    (argument.priority, argument.flags) = (priority, netfilterFlags)
    return OwnedDescriptor(rawValue: try bpf(LINUX_BPF_LINK_CREATE, &argument))
  }

  /// What an iterator goes over, where that is not everything.
  package enum IteratorTarget: Sendable {
    case everything
    case map(FileDescriptor)
    case thread(id: UInt32)
    case process(id: UInt32)
    case processDescriptor(FileDescriptor)
    case cgroup(FileDescriptor, order: UInt32)
  }

  /// `BPF_LINK_CREATE` of an iterator, Linux 5.8; over a map 5.9, over tasks or control groups 6.1.
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
      argument.head = creation.head
      argument.iter_info = unsafe UInt64(address: information.baseAddress)
      argument.iter_info_len = UInt32(truncatingIfNeeded: information.count)
      return try bpf(LINUX_BPF_LINK_CREATE, &argument)
    }
    return OwnedDescriptor(rawValue: descriptor)
  }

  /// `BPF_RAW_TRACEPOINT_OPEN`, Linux 4.17; with a cookie 6.10.
  ///
  /// - Parameter name: the tracepoint; nil where the program was loaded for it.
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

// MARK: - Many places at once

extension BPFCommand {
  /// `BPF_LINK_CREATE` to many functions of the kernel, Linux 5.18.
  ///
  /// - Parameters:
  ///   - addresses: where the functions begin; used if there are no `symbols`.
  ///   - cookies: one for each function, or none.
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
    (argument.head, argument.flags) = (creation.head, kprobeFlags)
    argument.cnt = UInt32(clamping: symbols.isEmpty ? addresses.count : symbols.count)
    // Every address is of an array that lives until the call has returned.
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

  /// Places in an executable file.
  package struct UserProbes: Sendable {
    package var path: FilePath
    /// Bytes from the file's beginning.
    package var offsets: [UInt64]
    /// Where the counters of those who listen are, one for each place; or none.
    package var referenceCounterOffsets: [UInt64] = []
    /// One for each place, or none.
    package var cookies: [UInt64] = []
    package var flags: UInt32 = 0
    /// The process; 0 for all.
    package var process: UInt32 = 0

    package init(path: FilePath, offsets: [UInt64]) { (self.path, self.offsets) = (path, offsets) }

    /// Returns the places with some indices.
    package func selecting(_ indices: [Int]) -> UserProbes {
      func part(_ list: [UInt64]) -> [UInt64] { list.isEmpty ? [] : indices.map { list[$0] } }
      var selected = self
      selected.offsets = part(offsets)
      selected.referenceCounterOffsets = part(referenceCounterOffsets)
      selected.cookies = part(cookies)
      return selected
    }
  }

  /// `BPF_LINK_CREATE` to many places of one executable file, Linux 6.6.
  package static func linkCreate(
    _ creation: LinkCreation, _ probes: UserProbes
  ) throws(Errno) -> OwnedDescriptor {
    var argument = linux_bpf_link_create_uprobe_multi()
    (argument.head, argument.flags, argument.pid) = (creation.head, probes.flags, probes.process)
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

// MARK: - Changing

extension BPFCommand {
  /// `BPF_LINK_UPDATE`, Linux 5.7.
  ///
  /// - Parameters:
  ///   - object: the new program; for links of struct_ops the new map.
  ///   - expected: what must be attached now; nil if that does not matter.
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

  /// `BPF_LINK_DETACH`, Linux 5.9.
  package static func linkDetach(_ link: FileDescriptor) throws(Errno) {
    var argument = linux_bpf_link_detach(link_fd: UInt32(bitPattern: link.rawValue))
    _ = try bpf(LINUX_BPF_LINK_DETACH, &argument)
  }

  /// `BPF_ITER_CREATE`, Linux 5.8: a descriptor to read what the iterator writes.
  package static func iteratorCreate(_ link: FileDescriptor) throws(Errno) -> OwnedDescriptor {
    var argument = linux_bpf_iter_create()
    argument.link_fd = UInt32(bitPattern: link.rawValue)
    return OwnedDescriptor(rawValue: try bpf(LINUX_BPF_ITER_CREATE, &argument))
  }
}

/// Flags by which programs are attached, to links and without. `BPF_F_*`.
package enum AttachFlag {
  package static let overridable = UInt32(LINUX_BPF_F_ALLOW_OVERRIDE)
  package static let multiple = UInt32(LINUX_BPF_F_ALLOW_MULTI)
  package static let before = UInt32(LINUX_BPF_F_BEFORE)
  package static let after = UInt32(LINUX_BPF_F_AFTER)
  /// What it is before or after is a link, not a program.
  package static let link = LINUX_BPF_F_LINK.rawValue
}

// MARK: - Without a link

extension BPFCommand {
  /// What BPF_PROG_ATTACH and BPF_PROG_DETACH take.
  package struct ProgramAttachment: Sendable {
    /// What it is attached to: a descriptor, or the number of a network interface.
    package var target: UInt32
    package var attachType: UInt32
    package var flags: UInt32 = 0
    /// The program whose place it takes.
    package var replaced: CInt = 0
    /// The program or link that it stands before or behind.
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

  /// `BPF_PROG_ATTACH`, Linux 4.10.
  package static func programAttach(
    _ program: FileDescriptor, _ attachment: ProgramAttachment
  ) throws(Errno) {
    var argument = attachment.argument(program)
    _ = try bpf(LINUX_BPF_PROG_ATTACH, &argument)
  }

  /// `BPF_PROG_DETACH`, Linux 4.10.
  package static func programDetach(
    _ program: FileDescriptor?, _ attachment: ProgramAttachment
  ) throws(Errno) {
    var argument = attachment.argument(program)
    _ = try bpf(LINUX_BPF_PROG_DETACH, &argument)
  }

  /// The programs that are attached to something without links, and to control groups also those with.
  package struct AttachedPrograms: Sendable {
    package var ids: [UInt32]
    /// The flags by which they are attached, where they share them. `BPF_F_*`.
    package var flags: UInt32
  }

  /// `BPF_PROG_QUERY` of control groups, Linux 4.15; of socket maps 5.18.
  package static func programQuery(
    target: FileDescriptor, attachType: UInt32
  ) throws(Errno) -> AttachedPrograms {
    // A control group has at most 64 of a type.
    var ids = [UInt32](repeating: 0, count: 64)
    while true {
      var argument = linux_bpf_program_query()
      (argument.target_fd, argument.attach_type) = (UInt32(bitPattern: target.rawValue), attachType)
      argument.prog_cnt = UInt32(clamping: ids.count)
      do throws(Errno) {
        var span = ids.mutableSpan
        try unsafe span.withUnsafeMutableBytes { (ids) throws(Errno) in
          argument.prog_ids = unsafe UInt64(address: ids.baseAddress)
          _ = try bpf(LINUX_BPF_PROG_QUERY, &argument)
        }
        return AttachedPrograms(ids: Array(ids.prefix(Int(argument.prog_cnt))), flags: argument.attach_flags)
      } catch {
        guard error == .noSpace, argument.prog_cnt > ids.count else { throw error }
        ids = [UInt32](repeating: 0, count: Int(argument.prog_cnt))
      }
    }
  }
}
