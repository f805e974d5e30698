//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFObjects
public import BPFSyscall
internal import SystemPackage

extension Program {
  /// Attaches the program to many functions of the kernel with one link (kprobe multi).
  ///
  /// The program was loaded for it: its section is `kprobe.multi`, or `kprobe.session` for one that runs both when a
  /// function is called and when it returns.
  ///
  /// System calls: `BPF_LINK_CREATE`, twice for a program that was opened, and `BPF_OBJ_GET_INFO_BY_FD`. Linux 5.18, for a
  /// session 6.10. Capabilities: `CAP_BPF` and `CAP_PERFMON`.
  ///
  /// - Parameters:
  ///   - functions: their names, at most 1048576, each once.
  ///   - isReturn: whether the program runs when a function returns, not when it is called; not for sessions, which do
  ///     both.
  ///   - cookies: a number for each function that the program can ask for, with `bpf_get_attach_cookie`; or none.
  /// - Returns: the link, as long as which the program stays attached.
  /// - Throws: `BPFError`. `BPFError.Code.unsupported` if the kernel was built without function probes,
  ///   `BPFError.Code.notFound` if it has no function of a name that can be traced, `BPFError.Code.wrongObject` for a
  ///   program that is for something else, `BPFError.Code.invalidArgument` if there are no functions or another number of
  ///   cookies, `BPFError.Code.permissionDenied`.
  public func attach(
    toKprobes functions: [String], isReturn: Bool = false, cookies: [UInt64] = []
  ) throws(BPFError) -> Link {
    guard !functions.contains(where: { $0.isEmpty || $0.utf8.contains(0) }) else {
      throw BPFError(
        .attach, .invalidArgument, subject, "a function's name is empty, or has a NUL byte in it")
    }
    return try attach(
      to: .names(functions), isReturn: isReturn, cookies: cookies,
      ProbedFunctions { $0.map { "'\(functions[$0])'" } })
  }

  /// Attaches the program to many functions of the kernel with one link, by their addresses.
  ///
  /// See ``attach(toKprobes:isReturn:cookies:)``.
  ///
  /// - Parameters:
  ///   - addresses: where the functions begin, at most 1048576.
  ///   - isReturn: whether the program runs when a function returns, not when it is called.
  ///   - cookies: a number for each function, or none.
  /// - Returns: the link, as long as which the program stays attached.
  /// - Throws: `BPFError`, as for names.
  public func attach(
    toKprobesAt addresses: [UInt64], isReturn: Bool = false, cookies: [UInt64] = []
  ) throws(BPFError) -> Link {
    let functions = KernelFunctions.addresses(addresses)
    return try attach(
      to: functions, isReturn: isReturn, cookies: cookies, ProbedFunctions(names: functions.names))
  }

  /// Attaches the program to all functions of the kernel whose names fit a pattern and that can be traced, with one link.
  ///
  /// See ``attach(toKprobes:isReturn:cookies:)``. What can be traced is read from the file system for tracing; where this
  /// process may not read that, all functions of /proc/kallsyms count. Those that the kernel then refuses are left out, and
  /// listed in ``Link/skippedFunctions``; to find them, parts of the functions are tried, and the program may run meanwhile.
  ///
  /// - Parameters:
  ///   - pattern: a name in which `*` stands for any characters and `?` for one.
  ///   - isReturn: whether the program runs when a function returns, not when it is called.
  ///   - cookie: a number for all of them.
  /// - Returns: the link, as long as which the program stays attached.
  /// - Throws: `BPFError`, as for names; `BPFError.Code.notFound` if no name fits.
  public func attach(
    toKprobesMatching pattern: String, isReturn: Bool = false, cookie: UInt64 = 0
  ) throws(BPFError) -> Link {
    let functions = try KernelFunctions(matching: pattern)
    guard functions.count > 0 else {
      throw BPFError(
        .findSymbol, .notFound, subject, "no function of the kernel has a name that fits '\(pattern)'")
    }
    return try attach(
      to: functions, isReturn: isReturn,
      cookies: cookie == 0 ? [] : Array(repeating: cookie, count: functions.count),
      ProbedFunctions(skipping: [], names: functions.names))
  }

  private func attach(
    to functions: KernelFunctions, isReturn: Bool, cookies: [UInt64], _ probed: ProbedFunctions
  ) throws(BPFError) -> Link {
    let isSession = definition?.expectedAttachType == .traceKprobeSession
    let attachType: AttachType = isSession ? .traceKprobeSession : .traceKprobeMulti
    let place = AttachTarget(
      "\(isReturn ? "kretprobe" : "kprobe")\(functions.words)", .kprobe,
      since: "Linux \(attachType.minimumKernelVersion ?? "5.18")",
      causes: [
        .notSupported: (
          .unsupported,
          "this kernel has no probes on many functions at once: it was built without CONFIG_FPROBE"
        ),
        .noSuchProcess: (.notFound, "the kernel has no function of one of these names that can be traced"),
        .noSuchFileOrDirectory: (.notFound, "one of these functions cannot be traced"),
        .argListTooLong: (.invalidArgument, "these are more functions than a link has"),
      ])
    try place.check(
      self, isFor: [.traceKprobeMulti, .traceKprobeSession],
      "one for many kprobes has the section 'kprobe.multi'")
    guard (1...1 << 20).contains(functions.count), cookies.isEmpty || cookies.count == functions.count else {
      throw BPFError(
        .attach, .invalidArgument, subject,
        "there must be 1 to \(1 << 20) functions, and as many cookies or none")
    }
    do throws(BPFError) {
      return try link(to: functions, place, isReturn: isReturn, cookies: cookies, probed)
    } catch {
      guard error.errno == .noSuchProcess || error.errno == .noSuchFileOrDirectory, probed.skipped == nil,
        case .names(let names) = functions
      else { throw error }
      var error = error
      error.explanation = "\(place.description): \(KernelFunctions.Lists.running().refusal(of: names))"
      throw error
    }
  }

  private func link(
    to functions: KernelFunctions, _ place: AttachTarget, isReturn: Bool, cookies: [UInt64],
    _ probed: ProbedFunctions
  ) throws(BPFError) -> Link {
    try place.link(self, toMany: probed, count: functions.count, reasons: kprobeRefusals) {
      (indices, program) throws(Errno) in
      let cookies = cookies.isEmpty ? [] : indices?.map { cookies[$0] } ?? cookies
      let functions = indices.map(functions.selecting) ?? functions
      let known = definition?.expectedAttachType
      do throws(Errno) {
        return try functions.link(program, known ?? .traceKprobeMulti, isReturn: isReturn, cookies: cookies)
      } catch {
        // The kernel does not tell what a program that was opened had been loaded for.
        guard known == nil, error == .invalidArgument else { throw error }
        return try functions.link(program, .traceKprobeSession, isReturn: isReturn, cookies: cookies)
      }
    }
  }
}

extension Program {
  /// What the kernel's answers mean that may be about single functions.
  private var kprobeRefusals: [Errno: String] {
    [
      .noSuchFileOrDirectory: "it cannot be traced", .invalidArgument: "it cannot be traced",
      .noSuchProcess: "the kernel has no such function that can be traced",
    ]
  }
}

extension KernelFunctions {
  /// What comes after `kprobe`: the function, or how many.
  fileprivate var words: String {
    if case .names(let names) = self, names.count == 1 { return " on '\(names[0])'" }
    return "s on \(count) functions"
  }

  fileprivate func link(
    _ program: FileDescriptor, _ type: AttachType, isReturn: Bool, cookies: [UInt64]
  ) throws(Errno) -> OwnedDescriptor {
    let creation = BPFCommand.LinkCreation(program, attachType: type.rawValue)
    let flags: UInt32 = isReturn ? 1 : 0
    return switch self {
    case .names(let names):
      try BPFCommand.linkCreate(
        creation, kprobeFlags: flags, symbols: names, addresses: [], cookies: cookies)
    case .addresses(let addresses):
      try BPFCommand.linkCreate(
        creation, kprobeFlags: flags, symbols: [], addresses: addresses, cookies: cookies)
    }
  }
}
