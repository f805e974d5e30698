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
  /// Attaches the program to many kernel functions with one link, by their BTF.
  ///
  /// The program must be loaded for this: its section is `fentry.multi`, `fexit.multi` or `fsession.multi`. It costs
  /// less per call than a kprobe multi program, and reads the functions' arguments with `bpf_get_func_arg`.
  ///
  /// System calls: those to read the kernel's types, `BPF_LINK_CREATE`, and `BPF_OBJ_GET_INFO_BY_FD`. Linux 7.2.
  /// Capabilities: `CAP_BPF` and `CAP_PERFMON`.
  ///
  /// - Parameters:
  ///   - functions: the functions' names, without duplicates. They are functions of the kernel itself, not of modules.
  ///   - cookies: a number for each function, which the program reads with `bpf_get_attach_cookie`; or empty.
  /// - Returns: a link that keeps the program attached while it exists.
  /// - Throws: `BPFError`. `BPFError.Code.notFound` if the kernel's BTF lacks a function;
  ///   `BPFError.Code.unsupported` if a function cannot be traced, and before Linux 7.2;
  ///   `BPFError.Code.wrongObject` for a program of another kind; `BPFError.Code.invalidArgument` if there are no
  ///   functions, or the number of cookies differs; `BPFError.Code.permissionDenied`.
  public func attach(toFunctions functions: [String], cookies: [UInt64] = []) throws(BPFError) -> Link {
    let hook = try functionsHook(count: functions.count, only: functions.first)
    guard !functions.isEmpty, cookies.isEmpty || cookies.count == functions.count else {
      throw BPFError(
        .attach, .invalidArgument, subject, "there must be at least one function, and as many cookies or none"
      )
    }
    let types = try BTFTypes.vmlinux()
    var ids: [UInt32] = []
    for name in functions {
      guard let function = types.find(.function, named: name) else {
        throw BPFError(
          .attach, .notFound, subject,
          "\(hook.description): the kernel's BTF has no function '\(name)'")
      }
      ids.append(UInt32(clamping: function.id))
    }
    return try attach(
      to: hook, ids, cookies: cookies, ProbedFunctions { $0.map { "'\(functions[$0])'" } })
  }

  /// Attaches the program to all kernel functions whose names match a pattern, with one link, by their BTF.
  ///
  /// See ``attach(toFunctions:cookies:)``. Skips the functions that the kernel rejects, and lists them in
  /// ``Link/skippedFunctions``. To find them, it tries subsets of the functions, during which the program may run. The
  /// candidates are the traceable functions, if this process may read their list in the tracing file system.
  ///
  /// - Parameters:
  ///   - pattern: a name; `*` matches any characters, and `?` matches one.
  ///   - cookie: a number for all functions.
  /// - Returns: a link that keeps the program attached while it exists.
  /// - Throws: `BPFError`, as for names; `BPFError.Code.notFound` if no name matches.
  public func attach(toFunctionsMatching pattern: String, cookie: UInt64 = 0) throws(BPFError) -> Link {
    let names = NamePattern(pattern)
    let types = try BTFTypes.vmlinux()
    let traceable = (try? TraceFileSystem.read("available_filter_functions")).map { text in
      Set(text.split(separator: "\n").map { $0.prefix { $0 != " " && $0 != "\t" } })
    }
    var found: [(name: String, id: UInt32)] = []
    for id in 1...max(1, types.count) {
      guard let type = types[id], type.kind == .function, names.matches(Array(type.name.utf8)[...]),
        traceable?.contains(type.name[...]) != false
      else { continue }
      found.append((type.name, UInt32(clamping: id)))
    }
    guard !found.isEmpty else {
      throw BPFError(
        .findSymbol, .notFound, subject,
        "no traceable function of the kernel's BTF has a name that matches '\(pattern)'")
    }
    return try attach(
      to: functionsHook(count: found.count, only: found.first?.name), found.map(\.id),
      cookies: cookie == 0 ? [] : Array(repeating: cookie, count: found.count),
      ProbedFunctions(skipping: []) { indices in indices.map { found[$0].name } })
  }

  private func functionsHook(count: Int, only name: String?) throws(BPFError) -> AttachTarget {
    let section = definition.map { "\($0.sectionName.prefix { $0 != "/" })" } ?? "trampoline"
    let hook = AttachTarget(
      count == 1 ? "\(section) on '\(name ?? "")'" : "\(section) on \(count) functions", .tracing,
      since: "Linux 7.2")
    try hook.check(
      self, isFor: AttachType.manyFunctions,
      "a program for many functions has the section 'fentry.multi', 'fexit.multi' or 'fsession.multi'")
    return hook
  }

  private func attach(
    to hook: AttachTarget, _ ids: [UInt32], cookies: [UInt64], _ functions: ProbedFunctions
  ) throws(BPFError) -> Link {
    guard let attachType = definition?.expectedAttachType else {
      throw BPFError(
        .attach, .unsupported, subject,
        "this requires a program loaded from an object: the attach type of an opened program is unknown")
    }
    let reasons: [Errno: String] = [
      .invalidArgument: "it cannot be traced", .noSuchFileOrDirectory: "it cannot be traced",
      .notSupported: "it cannot be traced", .resourceBusy: "another tracer holds it",
    ]
    return try hook.link(self, toMany: functions, count: ids.count, reasons: reasons) {
      (indices, program) throws(Errno) in
      try BPFCommand.linkCreate(
        BPFCommand.LinkCreation(program, attachType: attachType.rawValue),
        typeIDs: indices.map { $0.map { ids[$0] } } ?? ids,
        cookies: cookies.isEmpty ? [] : indices.map { $0.map { cookies[$0] } } ?? cookies)
    }
  }
}

extension AttachType {
  /// The attach types of programs for many functions.
  static let manyFunctions: [AttachType] = [.traceFentryMulti, .traceFexitMulti, .traceFsessionMulti]
}
