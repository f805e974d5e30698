//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFObjects
public import BPFSyscall
public import SystemPackage

extension Program {
  /// Attaches the program to a function of an executable file or shared library (uprobe): it runs whenever a process calls
  /// the function, or with `isReturn` when it returns (uretprobe).
  ///
  /// System calls: those of ``ExecutableFile/offset(of:)``, reading two files of /sys, perf_event_open(2),
  /// `BPF_LINK_CREATE` and `BPF_OBJ_GET_INFO_BY_FD`. Linux 4.3, with a cookie 5.15; where perf_event_open(2) knows no
  /// uprobes, before Linux 4.17, one is made in the file system for tracing, and removed when the link goes.
  /// Capabilities: `CAP_BPF` and `CAP_PERFMON`.
  ///
  /// - Parameters:
  ///   - function: its name, with a version and offset if wanted: see ``ExecutableFile/offset(of:)``.
  ///   - file: the file, or the name of a library or program that is looked for: see ``ExecutableFile/find(_:)``. If the
  ///     process has a root directory or mount namespace of its own, as in a container, it is that process's file; a path
  ///     must then be absolute, and one in /proc is the caller's.
  ///   - process: the process's number, 0 for the caller; nil for all that have this very file, also those that begin
  ///     later.
  ///   - isReturn: whether the program runs when the function returns, not when it is called.
  ///   - cookie: a number that the program can ask for, with `bpf_get_attach_cookie`.
  ///   - referenceCounterOffset: where in the file a 16-bit number is that counts who listens, in bytes; 0 for none. Linux
  ///     4.20.
  /// - Returns: the link, as long as which the program stays attached.
  /// - Throws: `BPFError`. `BPFError.Code.notFound` if there is no such file, function or process,
  ///   `BPFError.Code.ambiguous` if there are several such functions, `BPFError.Code.malformed` if the file is no ELF file,
  ///   `BPFError.Code.wrongObject` for a program of another type than `kprobe`, or one for many uprobes at once,
  ///   `BPFError.Code.permissionDenied`.
  public func attach(
    toUprobe function: String, of file: FilePath, process: Int32? = nil, isReturn: Bool = false,
    cookie: UInt64 = 0, referenceCounterOffset: UInt64 = 0
  ) throws(BPFError) -> Link {
    let file = try ExecutableFile(file, of: process)
    if isReturn, FunctionName(function).offset != 0 {
      throw BPFError(
        .attach, .invalidArgument, subject, "a function returns as a whole: '\(function)' has an offset")
    }
    let offset = try file.offset(of: function)
    var probe = Probe(.uprobe, file.path.string, offset: offset, isReturn: isReturn)
    probe.referenceCounterOffset = referenceCounterOffset
    return try attach(to: probe, process: process, cookie: cookie, "'\(function)' of '\(file.path)'")
  }

  /// Attaches the program to an instruction of an executable file or shared library, by where it is in the file.
  ///
  /// With `isReturn` it must be the first of a function. See
  /// ``attach(toUprobe:of:process:isReturn:cookie:referenceCounterOffset:)`` for system calls, kernels and capabilities;
  /// the file's symbols are not read.
  ///
  /// - Parameters:
  ///   - offset: bytes from the beginning of the file. That it is the beginning of an instruction is not checked; a probe
  ///     in the middle of one damages the processes that come there.
  ///   - file: the file, or the name of a library or program that is looked for.
  ///   - process: the process's number, 0 for the caller; nil for all.
  ///   - isReturn: whether the program runs when the function there returns, not when it is called.
  ///   - cookie: a number that the program can ask for, with `bpf_get_attach_cookie`.
  ///   - referenceCounterOffset: where in the file a 16-bit number is that counts who listens, in bytes; 0 for none.
  /// - Returns: the link, as long as which the program stays attached.
  /// - Throws: `BPFError`, as for a function; `BPFError.Code.invalidArgument` if no part of an ELF file that is executed is
  ///   there, or the file ends before.
  public func attach(
    toUprobeAt offset: UInt64, of file: FilePath, process: Int32? = nil, isReturn: Bool = false,
    cookie: UInt64 = 0, referenceCounterOffset: UInt64 = 0
  ) throws(BPFError) -> Link {
    let path = try ExecutableFile.find(file, in: ProcessRoot(of: process))
    try checkExecutable([offset], of: path)
    var probe = Probe(.uprobe, path.string, offset: offset, isReturn: isReturn)
    probe.referenceCounterOffset = referenceCounterOffset
    return try attach(
      to: probe, process: process, cookie: cookie, "offset 0x\(String(offset, radix: 16)) of '\(path)'")
  }
}

extension Program {
  /// Refuses places of an ELF file that nobody ever executes: the kernel would set probes there, which never fire.
  func checkExecutable(_ offsets: [UInt64], of path: FilePath) throws(BPFError) {
    let file: ExecutableFile
    do throws(BPFError) {
      file = try ExecutableFile(at: path)
    } catch {
      // Instructions may be in files of other kinds, as just-in-time compilers write them.
      if error.code == .malformed { return }
      throw error
    }
    for offset in offsets where !file.isExecutable(at: offset) {
      throw BPFError(
        .attach, .invalidArgument, subject, path: path,
        "what is at offset 0x\(String(offset, radix: 16)) of the file is never executed")
    }
  }

  /// Attaches the program to one uprobe.
  ///
  /// - Parameter interface: the way to it; nil for the best that this kernel has.
  func attach(
    to probe: Probe, process: Int32?, cookie: UInt64, _ words: String,
    through interface: ProbeInterface? = nil
  ) throws(BPFError) -> Link {
    let place = AttachTarget(
      "\(probe.isReturn ? "uretprobe" : "uprobe") on \(words)", .kprobe,
      since: cookie == 0 ? "Linux 4.3" : "Linux 5.15")
    try place.check(self, isFor: [nil], "attach it to many uprobes at once")
    guard !probe.text.utf8.contains(0), probe.referenceCounterOffset <= UInt64(UInt32.max) else {
      throw BPFError(
        .attach, .invalidArgument, subject,
        "a path has no NUL byte, and an offset of a counter no more than 32 bits")
    }
    return try place.link(
      self, to: probe, process: process, cookie: cookie, through: interface,
      refusals: [
        .noSuchFileOrDirectory: (.notFound, "there is no file '\(probe.text)'"),
        .invalidArgument: (
          .invalidArgument,
          "it is no file, ends before there, has another counter there already, or this instruction takes no probe"
        ),
        .notSupported: (.unsupported, "this instruction takes no probe"),
        .notSupportedByKernel: (.unsupported, "this instruction takes no probe"),
        .ioError: (.unsupported, "the file system of '\(probe.text)' takes no uprobes"),
      ], missing: "this kernel has no uprobes: it was built without CONFIG_UPROBE_EVENTS")
  }

  /// Attaches the program to a uprobe by a way that the caller chooses, so that tests come by the one of old kernels.
  package func attach(
    toUprobeAt offset: UInt64, of path: FilePath, process: Int32?, isReturn: Bool,
    through interface: ProbeInterface
  ) throws(BPFError) -> Link {
    try attach(
      to: Probe(.uprobe, path.string, offset: offset, isReturn: isReturn), process: process, cookie: 0,
      "offset 0x\(String(offset, radix: 16)) of '\(path)'", through: interface)
  }
}
