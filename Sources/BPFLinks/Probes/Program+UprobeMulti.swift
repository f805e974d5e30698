//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFMaps
public import BPFObjects
public import BPFSyscall
public import SystemPackage

extension Program {
  /// Attaches the program to many functions of an executable file or shared library with one link (uprobe multi).
  ///
  /// The program must be loaded for this: its section is `uprobe.multi`, or `uprobe.session` for a program that runs
  /// both when a function is called and when it returns.
  ///
  /// System calls: those of ``ExecutableFile/offsets(of:)``, `BPF_LINK_CREATE`, twice for a program that was opened,
  /// and `BPF_OBJ_GET_INFO_BY_FD`. Linux 6.6, for a session 6.13. Capabilities: `CAP_BPF` and `CAP_PERFMON`.
  ///
  /// - Parameters:
  ///   - functions: the functions' names, at most 1048576: see ``ExecutableFile/offset(of:)``.
  ///   - file: the file, or the name of a library or program to find: see ``ExecutableFile/find(_:)``. If the process
  ///     has its own root directory or mount namespace, as in a container, the file is that process's file. A path must
  ///     then be absolute, and one in /proc is the caller's.
  ///   - process: the process ID, 0 for the caller; nil for all current and future processes that map this file.
  ///   - isReturn: whether the program runs when a function returns, instead of when it is called. Sessions run for
  ///     both and do not allow it.
  ///   - cookies: a number for each function, which the program reads with `bpf_get_attach_cookie`; or empty.
  ///   - referenceCounterOffsets: for each function the file offset of a USDT semaphore, a 16-bit count of listeners;
  ///     or empty.
  /// - Returns: a link that keeps the program attached while it exists.
  /// - Throws: `BPFError`. `BPFError.Code.notFound` if there is no such file, function or process;
  ///   `BPFError.Code.ambiguous` if several functions have one of the names; `BPFError.Code.malformed` if the file is
  ///   not an ELF file; `BPFError.Code.wrongObject` for a program of another kind; `BPFError.Code.invalidArgument` if
  ///   there are no functions, or the numbers of cookies or semaphores differ; `BPFError.Code.permissionDenied`.
  public func attach(
    toUprobes functions: [String], of file: FilePath, process: Int32? = nil, isReturn: Bool = false,
    cookies: [UInt64] = [], referenceCounterOffsets: [UInt64] = []
  ) throws(BPFError) -> Link {
    let file = try ExecutableFile(file, of: process)
    var probes = BPFCommand.UserProbes(path: file.path, offsets: try file.offsets(of: functions))
    (probes.cookies, probes.referenceCounterOffsets) = (cookies, referenceCounterOffsets)
    return try attach(
      to: probes, process: process, isReturn: isReturn, ProbedFunctions { $0.map { "'\(functions[$0])'" } })
  }

  /// Attaches the program to many instructions of a file with one link, by their offsets in the file.
  ///
  /// See ``attach(toUprobes:of:process:isReturn:cookies:referenceCounterOffsets:)``.
  ///
  /// - Parameters:
  ///   - offsets: the instructions' offsets in the file, in bytes, at most 1048576.
  ///   - file: the file, or the name of a library or program to find.
  ///   - process: the process ID, 0 for the caller; nil for all processes.
  ///   - isReturn: whether the program runs when the functions at the offsets return, instead of when they are called.
  ///   - cookies: a number for each offset, or empty.
  ///   - referenceCounterOffsets: the semaphore's file offset for each probe, or empty.
  /// - Returns: a link that keeps the program attached while it exists.
  /// - Throws: `BPFError`, as for functions; `BPFError.Code.invalidArgument` also if an offset is not in an executable
  ///   segment of an ELF file.
  public func attach(
    toUprobesAt offsets: [UInt64], of file: FilePath, process: Int32? = nil, isReturn: Bool = false,
    cookies: [UInt64] = [], referenceCounterOffsets: [UInt64] = []
  ) throws(BPFError) -> Link {
    let path = try ExecutableFile.find(file, in: ProcessRoot(of: process))
    try checkExecutable(offsets, of: path)
    var probes = BPFCommand.UserProbes(path: path, offsets: offsets)
    (probes.cookies, probes.referenceCounterOffsets) = (cookies, referenceCounterOffsets)
    return try attach(to: probes, process: process, isReturn: isReturn)
  }

  /// Attaches the program to all functions of a file whose names match a pattern, with one link.
  ///
  /// Skips functions that cannot be probed, and lists them in ``Link/skippedFunctions``: those that are selected when a
  /// program starts (IFUNC), and those whose first instruction the kernel cannot probe, such as `pthread_spin_lock`. To
  /// find the latter, it tries subsets of the functions: about twenty attempts for each rejected one among a few
  /// thousand. The program may run during these attempts.
  ///
  /// See ``attach(toUprobes:of:process:isReturn:cookies:referenceCounterOffsets:)``.
  ///
  /// - Parameters:
  ///   - pattern: a name; `*` matches any characters, and `?` matches one.
  ///   - file: the file, or the name of a library or program to find.
  ///   - process: the process ID, 0 for the caller; nil for all processes.
  ///   - isReturn: whether the program runs when a function returns, instead of when it is called.
  ///   - cookie: a number for all functions.
  /// - Returns: a link that keeps the program attached while it exists.
  /// - Throws: `BPFError`, as for functions; `BPFError.Code.notFound` if no name matches, or only names of functions
  ///   that cannot be probed.
  public func attach(
    toUprobesMatching pattern: String, of file: FilePath, process: Int32? = nil, isReturn: Bool = false,
    cookie: UInt64 = 0
  ) throws(BPFError) -> Link {
    let file = try ExecutableFile(file, of: process)
    let (functions, skipped) = try file.functionsAndSkipped(matching: pattern)
    guard !functions.isEmpty else {
      throw BPFError(
        .findSymbol, .notFound, path: file.path,
        "no function's name matches '\(pattern)'"
          + (skipped.isEmpty
            ? try file.strippedHint
            : " except those that cannot be probed: \(skipped.descriptions(first: 3))"))
    }
    var probes = BPFCommand.UserProbes(path: file.path, offsets: functions.map(\.offset))
    if cookie != 0 { probes.cookies = Array(repeating: cookie, count: functions.count) }
    return try attach(
      to: probes, process: process, isReturn: isReturn,
      ProbedFunctions(skipping: skipped) { $0.map { functions[$0].name } })
  }
}

extension Program {
  /// Attaches the program to many uprobes.
  ///
  /// - Parameter functions: the probed functions; nil to name the probes by their offsets.
  func attach(
    to probes: BPFCommand.UserProbes, process: Int32?, isReturn: Bool, _ functions: ProbedFunctions? = nil
  ) throws(BPFError) -> Link {
    let count = probes.offsets.count
    let isSession = definition?.expectedAttachType == .traceUprobeSession
    let attachType: AttachType = isSession ? .traceUprobeSession : .traceUprobeMulti
    let hook = AttachTarget(
      "\(count.counted(isReturn ? "uretprobe" : "uprobe")) on '\(probes.path)'", .kprobe,
      since: "Linux \(attachType.minimumKernelVersion ?? "6.6")",
      causes: [
        .noSuchProcess: (.notFound, "there is no process \(process ?? 0)"),
        .badFileDescriptor: (.invalidArgument, "'\(probes.path)' is not a regular file"),
        .noSuchFileOrDirectory: (.notFound, "there is no file '\(probes.path)'"),
        .ioError: (.unsupported, "the file system of '\(probes.path)' does not support uprobes"),
        .notSupportedByKernel: (.unsupported, "one of the instructions cannot be probed"),
        .argListTooLong: (.invalidArgument, "a link cannot have this many probes"),
      ])
    try hook.check(
      self, isFor: [.traceUprobeMulti, .traceUprobeSession],
      "a uprobe multi program has the section 'uprobe.multi'")
    let lists = [probes.cookies, probes.referenceCounterOffsets]
    guard (1...maximumUprobes).contains(count), lists.allSatisfy({ $0.isEmpty || $0.count == count }),
      process ?? 0 >= 0, !probes.path.string.utf8.contains(0)
    else {
      throw BPFError(
        .attach, .invalidArgument, subject,
        "there must be 1 to \(maximumUprobes) probes, as many cookies and semaphores or none, and no negative process ID"
      )
    }
    var request = probes
    // The kernel takes 0 as all processes, but here 0 is the caller.
    request.process = UInt32(bitPattern: process == 0 ? Environment.processID : process ?? 0)
    request.flags = isReturn ? 1 : 0
    let all = request
    let names = ProbedFunctions { $0.map { "offset 0x\(String(probes.offsets[$0], radix: 16))" } }
    return try hook.link(self, toMany: functions ?? names, count: count, reasons: uprobeRefusals) {
      (indices, program) throws(Errno) in
      let probes = indices.map(all.selecting) ?? all
      let known = definition?.expectedAttachType
      do throws(Errno) {
        let type = known ?? .traceUprobeMulti
        return try BPFCommand.linkCreate(
          BPFCommand.LinkCreation(program, attachType: type.rawValue), probes)
      } catch {
        // An opened program's attach type is unknown.
        guard known == nil, error == .invalidArgument else { throw error }
        return try BPFCommand.linkCreate(
          BPFCommand.LinkCreation(program, attachType: AttachType.traceUprobeSession.rawValue), probes)
      }
    }
  }

  /// The meanings of the errors that may concern single probes. arm64 returns EINVAL.
  private var uprobeRefusals: [Errno: String] {
    let instruction = "the kernel cannot probe the instruction there"
    return [
      .notSupportedByKernel: instruction, .notSupported: instruction,
      .invalidArgument: "the kernel cannot set the probe: the instruction or the semaphore does not fit",
      .execFormatError: instruction, .ioError: "the file ends before the offset",
    ]
  }

  /// The kernel's limit of probes per link.
  private var maximumUprobes: Int { 1 << 20 }
}
