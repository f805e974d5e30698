//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFObjects
public import BPFSyscall
internal import SystemPackage

extension Link {
  /// Puts another program in the place of the one that is attached, in one step: no event is seen by both or neither.
  ///
  /// Links to interfaces, control groups, network namespaces, socket maps and iterators can be updated; those to tracing
  /// hooks and to netfilter cannot.
  ///
  /// System calls: one, `BPF_LINK_UPDATE`. Linux 5.7.
  ///
  /// - Parameters:
  ///   - program: the new program, of the same type.
  ///   - expected: the program that must be attached now; nil if it does not matter which it is.
  /// - Throws: `BPFError`. `BPFError.Code.changed` if another program than `expected` is attached,
  ///   `BPFError.Code.unsupported` for links that cannot be updated, `BPFError.Code.detached` if what it was to is gone,
  ///   `BPFError.Code.invalidArgument` for a program that does not fit.
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
        throw updateFailure(error, program, expected)
      }
    }
  }

  private func updateFailure(_ errno: Errno, _ program: Program, _ expected: Program?) -> BPFError {
    let (code, text): (BPFError.Code, String) =
      switch errno {
      case .notPermitted where expected != nil, .staleNFSFileHandle:
        (.changed, "another program than \(expected.map { "\($0)" } ?? "expected") is attached")
      case .notPermitted: (.permissionDenied, "updating links needs CAP_NET_ADMIN or CAP_BPF, by its type")
      case .noLink: (.detached, "what it was attached to is gone, or it was detached")
      case .notSupported, .notSupportedByKernel: (.unsupported, cannotBeUpdated)
      case .invalidArgument where type.map(Link.neverUpdated.contains) == true:
        (.unsupported, cannotBeUpdated)
      case .invalidArgument:
        (.invalidArgument, "\(program) does not fit the link: it must be of the same type")
      default: (.system, "")
      }
    return BPFError(.update, code, errno: errno, subject, text)
  }

  private static let neverUpdated: Set<LinkType> = [
    .rawTracepoint, .tracing, .perfEvent, .kprobeMulti, .uprobeMulti, .netfilter,
  ]

  private var cannotBeUpdated: String {
    "links of type \(type.map { "\($0)" } ?? "unknown") cannot be updated: attach the new program, then detach the old"
  }
}
