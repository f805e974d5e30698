//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFObjects
public import BPFSyscall
internal import SystemPackage

extension Program {
  /// Attaches the program to many kernel functions with one link (kprobe multi).
  ///
  /// The program must be loaded for this: its section is `kprobe.multi`, or `kprobe.session` for a program that runs
  /// both when a function is called and when it returns.
  ///
  /// System calls: `BPF_LINK_CREATE`, twice for a program that was opened, and `BPF_OBJ_GET_INFO_BY_FD`. Linux 5.18,
  /// for a session 6.10. Capabilities: `CAP_BPF` and `CAP_PERFMON`.
  ///
  /// - Parameters:
  ///   - functions: the functions' names, at most 1048576, without duplicates.
  ///   - isReturn: whether the program runs when a function returns, instead of when it is called. Sessions run for
  ///     both and do not allow it.
  ///   - cookies: a number for each function, which the program reads with `bpf_get_attach_cookie`; or empty.
  /// - Returns: a link that keeps the program attached while it exists.
  /// - Throws: `BPFError`. `BPFError.Code.unsupported` if the kernel was built without function probes;
  ///   `BPFError.Code.notFound` if a function does not exist or cannot be traced; `BPFError.Code.wrongObject` for a
  ///   program of another kind; `BPFError.Code.invalidArgument` if there are no functions, or the number of cookies
  ///   differs; `BPFError.Code.permissionDenied`.
  public func attach(
    toKprobes functions: [String], isReturn: Bool = false, cookies: [UInt64] = []
  ) throws(BPFError) -> Link {
    guard !functions.contains(where: { $0.isEmpty || $0.utf8.contains(0) }) else {
      throw BPFError(
        .attach, .invalidArgument, subject, "a function's name is empty, or contains a NUL byte")
    }
    return try attach(
      to: .names(functions), isReturn: isReturn, cookies: cookies,
      ProbedFunctions { $0.map { "'\(functions[$0])'" } })
  }

  /// Attaches the program to many kernel functions with one link, by their addresses.
  ///
  /// See ``attach(toKprobes:isReturn:cookies:)``.
  ///
  /// - Parameters:
  ///   - addresses: the functions' addresses, at most 1048576.
  ///   - isReturn: whether the program runs when a function returns, instead of when it is called.
  ///   - cookies: a number for each function, or empty.
  /// - Returns: a link that keeps the program attached while it exists.
  /// - Throws: `BPFError`, as for names.
  public func attach(
    toKprobesAt addresses: [UInt64], isReturn: Bool = false, cookies: [UInt64] = []
  ) throws(BPFError) -> Link {
    let functions = KernelFunctions.addresses(addresses)
    return try attach(
      to: functions, isReturn: isReturn, cookies: cookies, ProbedFunctions(names: functions.names))
  }

  /// Attaches the program to all traceable kernel functions whose names match a pattern, with one link.
  ///
  /// See ``attach(toKprobes:isReturn:cookies:)``. The traceable functions are read from the tracing file system. If
  /// this process may not read it, all functions of /proc/kallsyms are candidates. Skips the functions that the kernel
  /// then rejects, and lists them in ``Link/skippedFunctions``. To find them, it tries subsets of the functions, during
  /// which the program may run.
  ///
  /// - Parameters:
  ///   - pattern: a name; `*` matches any characters, and `?` matches one.
  ///   - isReturn: whether the program runs when a function returns, instead of when it is called.
  ///   - cookie: a number for all functions.
  /// - Returns: a link that keeps the program attached while it exists.
  /// - Throws: `BPFError`, as for names; `BPFError.Code.notFound` if no name matches.
  public func attach(
    toKprobesMatching pattern: String, isReturn: Bool = false, cookie: UInt64 = 0
  ) throws(BPFError) -> Link {
    let functions = try KernelFunctions(matching: pattern)
    guard functions.count > 0 else {
      throw BPFError(
        .findSymbol, .notFound, subject, "no kernel function's name matches '\(pattern)'")
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
    let hook = AttachTarget(
      "\(isReturn ? "kretprobe" : "kprobe")\(functions.probeDescription)", .kprobe,
      since: "Linux \(attachType.minimumKernelVersion ?? "5.18")",
      causes: [
        .notSupported: (
          .unsupported,
          "this kernel cannot probe many functions at once: it was built without CONFIG_FPROBE"
        ),
        .noSuchProcess: (
          .notFound, "one of these functions does not exist in the kernel, or cannot be traced"
        ),
        .noSuchFileOrDirectory: (.notFound, "one of these functions cannot be traced"),
        .argListTooLong: (.invalidArgument, "a link cannot have this many functions"),
      ])
    try hook.check(
      self, isFor: [.traceKprobeMulti, .traceKprobeSession],
      "a kprobe multi program has the section 'kprobe.multi'")
    guard (1...1 << 20).contains(functions.count), cookies.isEmpty || cookies.count == functions.count else {
      throw BPFError(
        .attach, .invalidArgument, subject,
        "there must be 1 to \(1 << 20) functions, and as many cookies or none")
    }
    do throws(BPFError) {
      return try link(to: functions, hook, isReturn: isReturn, cookies: cookies, probed)
    } catch {
      guard error.errno == .noSuchProcess || error.errno == .noSuchFileOrDirectory, probed.skipped == nil,
        case .names(let names) = functions
      else { throw error }
      var error = error
      error.explanation = "\(hook.description): \(KernelFunctions.Lists.running().refusal(of: names))"
      throw error
    }
  }

  private func link(
    to functions: KernelFunctions, _ hook: AttachTarget, isReturn: Bool, cookies: [UInt64],
    _ probed: ProbedFunctions
  ) throws(BPFError) -> Link {
    try hook.link(self, toMany: probed, count: functions.count, reasons: kprobeRefusals) {
      (indices, program) throws(Errno) in
      let cookies = cookies.isEmpty ? [] : indices?.map { cookies[$0] } ?? cookies
      let functions = indices.map(functions.selecting) ?? functions
      let known = definition?.expectedAttachType
      do throws(Errno) {
        return try functions.link(program, known ?? .traceKprobeMulti, isReturn: isReturn, cookies: cookies)
      } catch {
        // An opened program's attach type is unknown.
        guard known == nil, error == .invalidArgument else { throw error }
        return try functions.link(program, .traceKprobeSession, isReturn: isReturn, cookies: cookies)
      }
    }
  }
}

extension Program {
  /// The meanings of the errors that may concern single functions.
  private var kprobeRefusals: [Errno: String] {
    [
      .noSuchFileOrDirectory: "it cannot be traced", .invalidArgument: "it cannot be traced",
      .noSuchProcess: "it does not exist in the kernel, or cannot be traced",
    ]
  }
}

extension KernelFunctions {
  /// The text after `kprobe`: the only function's name or address, or the number of functions.
  var probeDescription: String {
    switch self {
    case .names(let names) where names.count == 1: " on '\(names[0])'"
    case .addresses(let addresses) where addresses.count == 1:
      " on address 0x\(String(addresses[0], radix: 16))"
    default: "s on \(count) functions"
    }
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
