//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFSyscall
internal import SystemPackage

/// The kernel's description of a link. `struct bpf_link_info` of `BPF_OBJ_GET_INFO_BY_FD`.
///
/// Fields that the running kernel does not report are zero.
public struct LinkInfo: Hashable, Identifiable, Sendable {
  /// The link's id, valid while it exists.
  public var id: LinkID

  /// The link's type.
  public var type: LinkType

  /// The program that is attached; nil for links of struct_ops.
  public var programID: ProgramID?

  /// The attach target.
  public var target: Target
}

extension LinkInfo {
  /// Reads the description of the link that a descriptor refers to.
  init(of descriptor: FileDescriptor) throws(Errno) {
    let information = try BPFCommand.linkInformation(descriptor)
    (id, type) = (LinkID(rawValue: information.id), LinkType(rawValue: information.type))
    programID = information.programID == 0 ? nil : ProgramID(rawValue: information.programID)
    target = Target(try BPFCommand.linkDetails(descriptor, type: information.type))
  }
}

extension Link {
  /// Reads the kernel's current description of the link.
  ///
  /// System calls: `BPF_OBJ_GET_INFO_BY_FD` twice, and once more for links with a name or list. Linux 5.8.
  ///
  /// - Throws: `BPFError` with the kernel's errno; `BPFError.Code.unsupported` for an attachment without a kernel link.
  public func info() throws(BPFError) -> LinkInfo {
    try withFileDescriptor(.info) { (descriptor) throws(BPFError) in
      do throws(Errno) {
        return try LinkInfo(of: descriptor)
      } catch {
        let refusal = error == .notPermitted ? Privilege.refusalOfEveryCall : nil
        throw BPFError(.info, error.unansweredCode, errno: error, subject, refusal ?? "")
      }
    }
  }
}
