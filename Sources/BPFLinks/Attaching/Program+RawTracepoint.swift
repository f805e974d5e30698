//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFObjects
public import BPFSyscall
internal import SystemPackage

extension Program {
  /// Attaches the program to a tracepoint and passes it the tracepoint's raw arguments.
  ///
  /// System calls: `BPF_RAW_TRACEPOINT_OPEN` and `BPF_OBJ_GET_INFO_BY_FD`. Linux 5.8, with a cookie 6.10. Capabilities:
  /// `CAP_BPF` and `CAP_PERFMON`.
  ///
  /// - Parameters:
  ///   - name: the tracepoint, such as `sched_switch`.
  ///   - cookie: a number that the program reads with `bpf_get_attach_cookie`.
  /// - Returns: a link that keeps the program attached while it exists.
  /// - Throws: `BPFError`. `BPFError.Code.notFound` if there is no such tracepoint; `BPFError.Code.wrongObject` for a
  ///   program of another type than `raw_tracepoint`; `BPFError.Code.permissionDenied`.
  public func attach(toRawTracepoint name: String, cookie: UInt64 = 0) throws(BPFError) -> Link {
    let hook = AttachTarget(
      "raw tracepoint '\(name)'", .rawTracepoint, .rawTracepointWritable, since: "Linux 4.17",
      causes: [
        .argListTooLong: (
          .unsupported,
          "this kernel does not support cookies for raw tracepoints: \(KernelRelease.requirement("6.10"))"
        )
      ])
    try hook.checkText(name, of: self)
    return try hook.link(self) { (program) throws(Errno) in
      try BPFCommand.rawTracepointOpen(program, name: name, cookie: cookie)
    }
  }
}

extension AttachTarget {
  /// Throws for an empty name and for one with a NUL byte, where the kernel would stop reading.
  func checkText(_ text: String, of program: Program) throws(BPFError) {
    guard !text.isEmpty, !text.utf8.contains(0) else {
      throw BPFError(
        .attach, .invalidArgument, program.subject,
        text.isEmpty
          ? "the target's name is empty" : "the target's name contains a NUL byte")
    }
  }
}
