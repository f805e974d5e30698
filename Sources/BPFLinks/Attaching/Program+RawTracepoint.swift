//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFObjects
public import BPFSyscall
internal import SystemPackage

extension Program {
  /// Attaches the program to a tracepoint, whose arguments it is given as the kernel has them.
  ///
  /// System calls: `BPF_RAW_TRACEPOINT_OPEN` and `BPF_OBJ_GET_INFO_BY_FD`. Linux 5.8, with a cookie 6.10. Capabilities:
  /// `CAP_BPF` and `CAP_PERFMON`.
  ///
  /// - Parameters:
  ///   - name: the tracepoint, such as `sched_switch`.
  ///   - cookie: a number that the program can ask for, with `bpf_get_attach_cookie`.
  /// - Returns: the link, as long as which the program stays attached.
  /// - Throws: `BPFError`. `BPFError.Code.notFound` if there is no such tracepoint, `BPFError.Code.wrongObject` for a
  ///   program of another type than `raw_tracepoint`, `BPFError.Code.permissionDenied`.
  public func attach(toRawTracepoint name: String, cookie: UInt64 = 0) throws(BPFError) -> Link {
    let place = AttachTarget(
      "raw tracepoint '\(name)'", .rawTracepoint, .rawTracepointWritable, since: "Linux 4.17",
      causes: [
        .argListTooLong: (
          .unsupported,
          "this kernel gives no cookies to raw tracepoints: \(KernelRelease.requirement("6.10"))"
        )
      ])
    try place.checkText(name, of: self)
    return try place.link(self) { (program) throws(Errno) in
      try BPFCommand.rawTracepointOpen(program, name: name, cookie: cookie)
    }
  }
}

extension AttachTarget {
  /// Refuses a name that the kernel would read otherwise than it is written.
  func checkText(_ text: String, of program: Program) throws(BPFError) {
    guard !text.isEmpty, !text.utf8.contains(0) else {
      throw BPFError(
        .attach, .invalidArgument, program.subject,
        text.isEmpty
          ? "the name of what to attach to is empty" : "the name of what to attach to has a NUL byte in it")
    }
  }
}
