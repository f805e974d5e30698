//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFObjects
public import BPFSyscall
internal import BTF
internal import SystemPackage

extension Program {
  /// Attaches the program to the target that it was loaded for: a tracepoint (`tp_btf`), a function of the kernel or of
  /// another program (`fentry`, `fexit`, `fmod_ret`), or an LSM hook (`lsm`).
  ///
  /// The kernel attaches a program to a function of another program only once. To attach it again, load it again.
  /// Before Linux 5.13, this holds for all functions and hooks.
  ///
  /// System calls: `BPF_RAW_TRACEPOINT_OPEN`, with a cookie `BPF_LINK_CREATE`, and `BPF_OBJ_GET_INFO_BY_FD`. Linux 5.8,
  /// with a cookie 5.19. Capabilities: `CAP_BPF` and `CAP_PERFMON`.
  ///
  /// - Parameter cookie: a number that the program reads with `bpf_get_attach_cookie`. A cookie other than 0 requires a
  ///   program that this process loaded from an object.
  /// - Returns: a link that keeps the program attached while it exists.
  /// - Throws: `BPFError`. `BPFError.Code.wrongObject` for a program of another type than `tracing` and `lsm`;
  ///   `BPFError.Code.unsupported` if this kernel has no such hooks, or the function cannot be traced;
  ///   `BPFError.Code.busy` if another tracer holds the function; `BPFError.Code.permissionDenied`.
  public func attachTracing(cookie: UInt64 = 0) throws(BPFError) -> Link {
    let target = definition?.attachTarget.map { " '\($0)'" } ?? ""
    let hook = AttachTarget(
      (definition?.sectionName.prefix { $0 != "/" }).map { "\($0)\(target)" }
        ?? "the target it was loaded for",
      .tracing, .lsm, since: "Linux 5.5")
    do throws(BPFError) {
      return try attachTracing(to: hook, cookie: cookie)
    } catch {
      var error = error
      if cookie == 0, let once = onlyOnce(error.errno) {
        error.explanation = "\(once) can be attached only once: load it again to attach it again"
        throw error
      }
      guard error.errno == .resourceBusy, let name = definition?.attachTarget else { throw error }
      if let program = definition?.targetProgram {
        error.explanation = "function '\(name)' of \(program) is replaced by another program"
        error.code = .busy
      } else {
        let function = type == .lsm ? "bpf_lsm_\(name)" : name
        (error.code, error.explanation) = KernelFunctions.Lists.running().obstacle(to: function)
      }
      throw error
    }
  }

  /// Returns a description of the programs that can be attached only once, if that explains the error; nil otherwise.
  private func onlyOnce(_ errno: Errno?) -> String? {
    // ENOENT before Linux 5.13, EINVAL since.
    let isBefore = KernelRelease.isOlder(than: "5.13")
    guard errno == (isBefore ? .noSuchFileOrDirectory : .invalidArgument) else { return nil }
    if let program = definition?.targetProgram { return "a program on a function of \(program)" }
    return isBefore ? "before Linux 5.13 a program on a function or a hook" : nil
  }

  private func attachTracing(to hook: AttachTarget, cookie: UInt64) throws(BPFError) -> Link {
    guard cookie != 0 else {
      return try hook.link(self) { (program) throws(Errno) in
        try BPFCommand.rawTracepointOpen(program, name: nil, cookie: 0)
      }
    }
    guard let attachType = definition?.expectedAttachType else {
      throw BPFError(
        .attach, .unsupported, subject,
        "a cookie requires a program loaded from an object: the attach type of an opened program is unknown"
      )
    }
    return try hook.link(self) { (program) throws(Errno) in
      try BPFCommand.linkCreate(
        BPFCommand.LinkCreation(program, attachType: attachType.rawValue), typeID: 0, cookie: cookie)
    }
  }

  /// Replaces a function of another program, for which this program was loaded (`freplace`).
  ///
  /// System calls: `BPF_LINK_CREATE` and `BPF_OBJ_GET_INFO_BY_FD`, and those of reading the other program's types.
  /// Linux 5.10. Capabilities: `CAP_BPF`, and those that the other program's type requires.
  ///
  /// - Parameters:
  ///   - function: the name of a global function.
  ///   - target: the program that contains the function, loaded with its BTF.
  /// - Returns: a link that keeps the function replaced while it exists.
  /// - Throws: `BPFError`. `BPFError.Code.notFound` if the other program has no such function;
  ///   `BPFError.Code.wrongObject` for a program of another type than `ext`.
  public func attach(replacing function: String, of target: Program) throws(BPFError) -> Link {
    let hook = AttachTarget("function '\(function)' of \(target)", .ext, since: "Linux 5.10")
    try hook.check(self)
    let types = try BTFHandle(id: target.info().btfID).types()
    guard let found = types.find(.function, named: function) else {
      throw BPFError(.attach, .notFound, subject, "\(target) has no function '\(function)'")
    }
    let typeID = UInt32(found.id)
    return try hook.link(self) { (program) throws(Errno) in
      try target.withFileDescriptor { (target) throws(Errno) in
        try BPFCommand.linkCreate(
          BPFCommand.LinkCreation(program, to: target, attachType: 0), typeID: typeID, cookie: 0)
      }
    }
  }
}
