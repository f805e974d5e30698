//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFObjects
public import BPFSyscall
public import SystemPackage

extension Program {
  /// Attaches the program to many functions of an executable file or shared library with one link (uprobe multi).
  ///
  /// The program was loaded for it: its section is `uprobe.multi`, or `uprobe.session` for one that runs both when a
  /// function is called and when it returns.
  ///
  /// System calls: those of ``ExecutableFile/offsets(of:)``, `BPF_LINK_CREATE`, twice for a program that was opened, and
  /// `BPF_OBJ_GET_INFO_BY_FD`. Linux 6.6, for a session 6.13. Capabilities: `CAP_BPF` and `CAP_PERFMON`.
  ///
  /// - Parameters:
  ///   - functions: their names, at most 1048576: see ``ExecutableFile/offset(of:)``.
  ///   - file: the file, or the name of a library or program that is looked for: see ``ExecutableFile/find(_:)``. If the
  ///     process has a root directory or mount namespace of its own, as in a container, it is that process's file; a path
  ///     must then be absolute, and one in /proc is the caller's.
  ///   - process: the process's number, 0 for the caller; nil for all that have this very file, also those that begin
  ///     later.
  ///   - isReturn: whether the program runs when a function returns, not when it is called; not for sessions, which do
  ///     both.
  ///   - cookies: a number for each function that the program can ask for, with `bpf_get_attach_cookie`; or none.
  ///   - referenceCounterOffsets: for each function where in the file a 16-bit number is that counts who listens; or none.
  /// - Returns: the link, as long as which the program stays attached.
  /// - Throws: `BPFError`. `BPFError.Code.notFound` if there is no such file, function or process,
  ///   `BPFError.Code.ambiguous` if there are several functions of a name, `BPFError.Code.malformed` if the file is no ELF
  ///   file, `BPFError.Code.wrongObject` for a program that is for something else, `BPFError.Code.invalidArgument` if there
  ///   are no functions, or other numbers of cookies or counters, `BPFError.Code.permissionDenied`.
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

  /// Attaches the program to many instructions of a file, by where they are in it, with one link.
  ///
  /// See ``attach(toUprobes:of:process:isReturn:cookies:referenceCounterOffsets:)``.
  ///
  /// - Parameters:
  ///   - offsets: bytes from the beginning of the file, at most 1048576.
  ///   - file: the file, or the name of a library or program that is looked for.
  ///   - process: the process's number, 0 for the caller; nil for all.
  ///   - isReturn: whether the program runs when the functions there return, not when they are called.
  ///   - cookies: a number for each place, or none.
  ///   - referenceCounterOffsets: where the counter of each place is, or none.
  /// - Returns: the link, as long as which the program stays attached.
  /// - Throws: `BPFError`, as for functions; `BPFError.Code.invalidArgument` also if no part of an ELF file that is
  ///   executed is there.
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

  /// Attaches the program to all functions of a file whose names fit a pattern, with one link.
  ///
  /// Functions that take no probe are left out, and listed in ``Link/skippedFunctions``: those that are chosen when a
  /// program starts (IFUNC), and those on whose first instruction the kernel sets none, such as `pthread_spin_lock`. To find
  /// the latter, parts of the functions are tried, some twenty times for each one of a few thousand; the program may run
  /// meanwhile.
  ///
  /// See ``attach(toUprobes:of:process:isReturn:cookies:referenceCounterOffsets:)``.
  ///
  /// - Parameters:
  ///   - pattern: a name in which `*` stands for any characters and `?` for one.
  ///   - file: the file, or the name of a library or program that is looked for.
  ///   - process: the process's number, 0 for the caller; nil for all.
  ///   - isReturn: whether the program runs when a function returns, not when it is called.
  ///   - cookie: a number for all of them.
  /// - Returns: the link, as long as which the program stays attached.
  /// - Throws: `BPFError`, as for functions; `BPFError.Code.notFound` if no name fits, or only
  ///   those of functions that take no probe.
  public func attach(
    toUprobesMatching pattern: String, of file: FilePath, process: Int32? = nil, isReturn: Bool = false,
    cookie: UInt64 = 0
  ) throws(BPFError) -> Link {
    let file = try ExecutableFile(file, of: process)
    let (functions, skipped) = try file.functionsAndSkipped(matching: pattern)
    guard !functions.isEmpty else {
      throw BPFError(
        .findSymbol, .notFound, path: file.path,
        "no function's name fits '\(pattern)'"
          + (skipped.isEmpty
            ? try file.strippedHint : " of those that take probes: \(skipped.descriptions(first: 3))"))
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
  /// - Parameter functions: the functions that they are on; nil to name places by their offsets.
  func attach(
    to probes: BPFCommand.UserProbes, process: Int32?, isReturn: Bool, _ functions: ProbedFunctions? = nil
  ) throws(BPFError) -> Link {
    let count = probes.offsets.count
    let isSession = definition?.expectedAttachType == .traceUprobeSession
    let attachType: AttachType = isSession ? .traceUprobeSession : .traceUprobeMulti
    let place = AttachTarget(
      "\(count) \(isReturn ? "uretprobes" : "uprobes") on '\(probes.path)'", .kprobe,
      since: "Linux \(attachType.minimumKernelVersion ?? "6.6")",
      causes: [
        .noSuchProcess: (.notFound, "there is no process \(process ?? 0)"),
        .badFileDescriptor: (.invalidArgument, "'\(probes.path)' is no file"),
        .noSuchFileOrDirectory: (.notFound, "there is no file '\(probes.path)'"),
        .ioError: (.unsupported, "the file system of '\(probes.path)' takes no uprobes"),
        .notSupportedByKernel: (.unsupported, "an instruction there takes no probe"),
        .argListTooLong: (.invalidArgument, "these are more places than a link has"),
      ])
    try place.check(
      self, isFor: [.traceUprobeMulti, .traceUprobeSession],
      "one for many uprobes has the section 'uprobe.multi'")
    let lists = [probes.cookies, probes.referenceCounterOffsets]
    guard (1...maximumUprobes).contains(count), lists.allSatisfy({ $0.isEmpty || $0.count == count }),
      process ?? 0 >= 0, !probes.path.string.utf8.contains(0)
    else {
      throw BPFError(
        .attach, .invalidArgument, subject,
        "there must be 1 to \(maximumUprobes) places, as many cookies and counters or none, and no negative process"
      )
    }
    var request = probes
    // A number of 0 is that of nobody here, and stands for all.
    request.process = UInt32(bitPattern: process == 0 ? Environment.processID : process ?? 0)
    request.flags = isReturn ? 1 : 0
    let all = request
    let names = ProbedFunctions { $0.map { "offset 0x\(String(probes.offsets[$0], radix: 16))" } }
    return try place.link(self, toMany: functions ?? names, count: count, reasons: uprobeRefusals) {
      (indices, program) throws(Errno) in
      let probes = indices.map(all.selecting) ?? all
      let known = definition?.expectedAttachType
      do throws(Errno) {
        let type = known ?? .traceUprobeMulti
        return try BPFCommand.linkCreate(
          BPFCommand.LinkCreation(program, attachType: type.rawValue), probes)
      } catch {
        // The kernel does not tell what a program that was opened had been loaded for.
        guard known == nil, error == .invalidArgument else { throw error }
        return try BPFCommand.linkCreate(
          BPFCommand.LinkCreation(program, attachType: AttachType.traceUprobeSession.rawValue), probes)
      }
    }
  }

  /// What the kernel's answers mean that may be about single places. EINVAL is that of arm64.
  private var uprobeRefusals: [Errno: String] {
    let instruction = "the kernel sets no probe on the instruction there"
    return [
      .notSupportedByKernel: instruction, .notSupported: instruction,
      .invalidArgument: "the kernel sets no probe there: the instruction or the counter does not fit",
      .execFormatError: instruction, .ioError: "the file ends before there",
    ]
  }

  /// The most places that the kernel takes in one link.
  private var maximumUprobes: Int { 1 << 20 }
}
