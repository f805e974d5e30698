//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFObjects
public import BPFSyscall
public import SystemPackage

extension AttachedPrograms {
  /// Lists the programs of a control group (version 2), with and without links. See
  /// `Program.attach(toCgroup:for:order:revision:)`.
  ///
  /// The list has the group's own programs in their order. The effective programs are those that run for a process in
  /// the group, in the order in which they run, with those of the group's ancestors; they have neither flags nor a
  /// revision.
  ///
  /// System calls: `BPF_PROG_QUERY`; before Linux 6.0 twice. Linux 4.15. Capability: `CAP_NET_ADMIN`.
  ///
  /// - Parameters:
  ///   - cgroup: an open descriptor of the group's directory.
  ///   - attachType: the hook of the control group.
  ///   - isEffective: whether to list the programs that run for processes in the group.
  /// - Throws: `BPFError`. `BPFError.Code.invalidArgument` if the descriptor is not a control group's, or `attachType`
  ///   is not one of control groups; `BPFError.Code.permissionDenied`.
  public init(
    toCgroup cgroup: FileDescriptor, for attachType: AttachType, effective isEffective: Bool = false
  ) throws(BPFError) {
    try self.init(NamedCgroup(cgroup), attachType, isEffective)
  }

  /// Lists the programs of the control group at a path, such as /sys/fs/cgroup/system.slice. See
  /// ``init(toCgroup:for:effective:)-(FileDescriptor,_,_)``.
  ///
  /// - Throws: `BPFError`; `BPFError.Code.notFound` if the path does not exist; `BPFError.Code.invalidArgument` for a
  ///   control group of version 1 or another directory: the error names the mount point of version 2.
  public init(
    toCgroup path: FilePath, for attachType: AttachType, effective isEffective: Bool = false
  ) throws(BPFError) {
    let cgroup = try OpenedTarget(path, .listAttached)
    try self.init(NamedCgroup(cgroup.descriptor.borrowed, path), attachType, isEffective)
  }

  private init(_ group: NamedCgroup, _ attachType: AttachType, _ isEffective: Bool) throws(BPFError) {
    let hook = ListedHook(
      "\(attachType) of control group \(group.name)", attachType,
      since: attachType.minimumKernelVersion ?? "4.15",
      causes: [
        .badFileDescriptor: (.invalidArgument, "\(group.name) is not a control group of version 2"),
        .invalidArgument: (.invalidArgument, "\(attachType) is not an attach type of control groups"),
      ])
    var query = BPFCommand.ProgramQuery(group.descriptor, attachType: attachType.rawValue)
    (query.isEffective, query.includesProgramFlags) = (isEffective, !isEffective)
    do throws(BPFError) {
      do throws(BPFError) {
        self = try hook.programs(query)
      } catch {
        guard error.errno == .invalidArgument, query.includesProgramFlags else { throw error }
        // Before Linux 6.0.
        query.includesProgramFlags = false
        self = try hook.programs(query)
      }
    } catch {
      throw group.explaining(error)
    }
  }
}
