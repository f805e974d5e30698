//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFMaps
public import BPFObjects
public import BPFSyscall
internal import SystemPackage

extension Link {
  /// Replaces the attached program atomically: each event runs exactly one of the two programs.
  ///
  /// Links to interfaces, control groups, network namespaces, socket maps and iterators can be updated. Links to
  /// tracing hooks and to netfilter cannot. For links of kernel interfaces, see `update(to:replacing:)` with a map.
  ///
  /// System calls: one, `BPF_LINK_UPDATE`. Linux 5.7.
  ///
  /// - Parameters:
  ///   - program: the new program, of the same type.
  ///   - expected: the program that must be attached now; nil to accept any program.
  /// - Throws: `BPFError`. `BPFError.Code.changed` if another program than `expected` is attached;
  ///   `BPFError.Code.unsupported` for links that cannot be updated; `BPFError.Code.detached` if the attach target is
  ///   gone; `BPFError.Code.invalidArgument` for a program that does not fit.
  public func update(to program: Program, replacing expected: Program? = nil) throws(BPFError) {
    try withFileDescriptor(.update) { (link) throws(BPFError) in
      do throws(Errno) {
        try program.withFileDescriptor { (new) throws(Errno) in
          guard let expected else { return try BPFCommand.linkUpdate(link, to: new, replacing: nil) }
          try expected.withFileDescriptor { (old) throws(Errno) in
            try BPFCommand.linkUpdate(link, to: new, replacing: old)
          }
        }
      } catch {
        throw updateFailure(
          error, "\(program) does not fit the link: it must be of the same type",
          expected: expected.map { "program than \($0)" })
      }
    }
  }

  /// Replaces the attached implementation of a kernel interface (`struct_ops`) atomically.
  ///
  /// Current users of the interface may keep the old implementation, as a connection keeps its congestion control.
  ///
  /// System calls: one, `BPF_LINK_UPDATE`. Linux 6.4.
  ///
  /// - Parameters:
  ///   - map: the map of the new implementation. It belongs to a loaded object, is declared in `.struct_ops.link`, and
  ///     implements the same interface. Interfaces may require more: a congestion control keeps its name.
  ///   - expected: the map that must be attached now; nil to accept any map.
  /// - Throws: `BPFError`. `BPFError.Code.changed` if another map than `expected` is attached;
  ///   `BPFError.Code.unsupported` for an interface that cannot be updated, and before Linux 6.4;
  ///   `BPFError.Code.detached`; `BPFError.Code.wrongObject` for a map of another type; `BPFError.Code.invalidArgument`
  ///   for a map that does not fit.
  public func update(to map: MapHandle, replacing expected: MapHandle? = nil) throws(BPFError) {
    guard map.type == .structOps else {
      throw BPFError(.update, .wrongObject, subject, "\(map) is not the map of a kernel interface")
    }
    try withFileDescriptor(.update) { (link) throws(BPFError) in
      do throws(Errno) {
        try map.withFileDescriptor { (new) throws(Errno) in
          guard let expected else { return try BPFCommand.linkUpdate(link, to: new, replacing: nil) }
          try expected.withFileDescriptor { (old) throws(Errno) in
            try BPFCommand.linkUpdate(link, to: new, replacing: old)
          }
        }
      } catch {
        throw updateFailure(
          error,
          "\(map) does not fit the link: it must be in '.struct_ops.link', and of the same interface and name",
          expected: expected.map { "map than \($0)" })
      }
    }
  }

  /// - Parameters:
  ///   - misfit: the meaning of `EINVAL` for links that can be updated.
  ///   - expected: the expected object, phrased to follow `another`; nil if any was accepted.
  private func updateFailure(_ errno: Errno, _ misfit: String, expected: String?) -> BPFError {
    let refusal = errno == .notPermitted ? Privilege.refusalOfEveryCall : nil
    let (code, text): (BPFError.Code, String) =
      switch errno {
      case .notPermitted where refusal != nil: (.permissionDenied, refusal ?? "")
      case .notPermitted where expected != nil, .staleNFSFileHandle:
        (.changed, "another \(expected ?? "one than expected") is attached")
      case .notPermitted:
        (.permissionDenied, "updating a link requires CAP_NET_ADMIN or CAP_BPF, depending on its type")
      case .noLink: (.detached, "the attach target is gone, or the link was detached")
      case .notSupported, .notSupportedByKernel: (.unsupported, cannotBeUpdated)
      case .invalidArgument where type.map(Link.neverUpdated.contains) == true:
        (.unsupported, cannotBeUpdated)
      case .invalidArgument: (.invalidArgument, misfit)
      default: (.system, "")
      }
    return BPFError(.update, code, errno: errno, subject, text)
  }

  private static let neverUpdated: Set<LinkType> = [
    .rawTracepoint, .tracing, .perfEvent, .kprobeMulti, .uprobeMulti, .netfilter, .tracingMulti,
  ]

  private var cannotBeUpdated: String {
    "links of type \(type.map { "\($0)" } ?? "unknown") cannot be updated: attach the new program, then detach the old"
  }
}
