//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import CLinuxBPF
package import SystemPackage

extension BPFCommand {
  /// The fields of BPF_PROG_QUERY.
  package struct ProgramQuery: Sendable {
    /// The attach target: a descriptor, or a network interface's index.
    package var target: UInt32
    package var attachType: UInt32
    /// Whether to list the programs that run for a control group, including those of its ancestors.
    package var isEffective = false
    /// Whether to ask for the links' ids. Linux 6.6, at hooks with ordered programs.
    package var includesLinks = false
    /// Whether to ask for each program's attach flags. Linux 6.0, for control groups, unless the query is effective.
    package var includesProgramFlags = false

    package init(target: UInt32, attachType: UInt32) { (self.target, self.attachType) = (target, attachType) }

    /// Creates a query of the object that a descriptor refers to.
    package init(_ target: FileDescriptor, attachType: UInt32) {
      self.init(target: UInt32(bitPattern: target.rawValue), attachType: attachType)
    }
  }

  /// The programs attached to a hook.
  package struct AttachedPrograms: Sendable {
    package var ids: [UInt32]
    /// One for each program, 0 for one without a link; empty if not requested.
    package var linkIDs: [UInt32]
    /// One for each program; empty if not requested.
    package var programFlags: [UInt32]
    /// The attach flags that the programs share, if any. `BPF_F_*`.
    package var flags: UInt32
    /// The revision of the list; 0 if the kernel does not count revisions.
    package var revision: UInt64
  }

  /// Returns the programs attached to a hook, all from one call. `BPF_PROG_QUERY`, Linux 4.15.
  ///
  /// Calls again with larger buffers while the list is longer than the buffers.
  package static func programQuery(_ query: ProgramQuery) throws(Errno) -> AttachedPrograms {
    // A control group has at most 64 programs of one attach type, and so has a hook with ordered programs.
    var capacity = 64
    while true {
      do throws(Errno) {
        return try programQuery(query, capacity: capacity)
      } catch {
        guard error == .noSpace, capacity < 1 << 20 else { throw error }
        capacity *= 2
      }
    }
  }

  /// Makes the system call once.
  ///
  /// - Throws: `ENOSPC` if more programs are attached than `capacity`.
  package static func programQuery(
    _ query: ProgramQuery, capacity: Int
  ) throws(Errno) -> AttachedPrograms {
    var argument = linux_bpf_program_query()
    (argument.target_fd, argument.attach_type) = (query.target, query.attachType)
    argument.query_flags = query.isEffective ? UInt32(LINUX_BPF_F_QUERY_EFFECTIVE) : 0
    argument.prog_cnt = UInt32(clamping: capacity)
    // Ids, links' ids and flags, one after another.
    var numbers = [UInt32](repeating: 0, count: 3 * capacity)
    var span = numbers.mutableSpan
    try unsafe span.withUnsafeMutableBytes { (numbers) throws(Errno) in
      let address = unsafe UInt64(address: numbers.baseAddress)
      let size = UInt64(numbers.count / 3)
      argument.prog_ids = address
      if query.includesLinks { argument.link_ids = address + size }
      if query.includesProgramFlags { argument.prog_attach_flags = address + 2 * size }
      _ = try bpf(LINUX_BPF_PROG_QUERY, &argument)
    }
    let count = min(Int(argument.prog_cnt), capacity)
    func part(_ index: Int) -> [UInt32] { Array(numbers[(index * capacity)...].prefix(count)) }
    return AttachedPrograms(
      ids: part(0), linkIDs: query.includesLinks ? part(1) : [],
      programFlags: query.includesProgramFlags ? part(2) : [], flags: argument.attach_flags,
      revision: argument.revision)
  }
}
