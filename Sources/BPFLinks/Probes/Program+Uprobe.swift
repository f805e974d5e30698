//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFObjects
public import BPFSyscall
public import SystemPackage

extension Program {
  /// Attaches the program to a function of an executable file or shared library (uprobe). The program runs when a
  /// process calls the function, or with `isReturn` when it returns (uretprobe).
  ///
  /// System calls: those of ``ExecutableFile/offset(of:)``, reading two files of /sys, perf_event_open(2),
  /// `BPF_LINK_CREATE` and `BPF_OBJ_GET_INFO_BY_FD`. Linux 4.3, with a cookie 5.15. Before Linux 4.17,
  /// perf_event_open(2) does not support uprobes: the probe is created in the tracing file system instead, and removed
  /// with the link. Capabilities: `CAP_BPF` and `CAP_PERFMON`.
  ///
  /// - Parameters:
  ///   - function: the function's name, optionally with a version and an offset: see ``ExecutableFile/offset(of:)``.
  ///   - file: the file, or the name of a library or program to find: see ``ExecutableFile/find(_:)``. If the process
  ///     has its own root directory or mount namespace, as in a container, the file is that process's file. A path must
  ///     then be absolute, and one in /proc is the caller's.
  ///   - process: the process ID, 0 for the caller; nil for all current and future processes that map this file.
  ///   - isReturn: whether the program runs when the function returns, instead of when it is called.
  ///   - cookie: a number that the program reads with `bpf_get_attach_cookie`.
  ///   - referenceCounterOffset: the file offset of a USDT semaphore, a 16-bit count of listeners; 0 for none. Linux
  ///     4.20.
  /// - Returns: a link that keeps the program attached while it exists.
  /// - Throws: `BPFError`. `BPFError.Code.notFound` if there is no such file, function or process;
  ///   `BPFError.Code.ambiguous` if several functions have this name; `BPFError.Code.malformed` if the file is not an
  ///   ELF file; `BPFError.Code.wrongObject` for a program of another type than `kprobe`, or for a uprobe multi
  ///   program; `BPFError.Code.permissionDenied`.
  public func attach(
    toUprobe function: String, of file: FilePath, process: Int32? = nil, isReturn: Bool = false,
    cookie: UInt64 = 0, referenceCounterOffset: UInt64 = 0
  ) throws(BPFError) -> Link {
    let file = try ExecutableFile(file, of: process)
    if isReturn, FunctionName(function).offset != 0 {
      throw BPFError(
        .attach, .invalidArgument, subject, "'\(function)' has an offset, which a return probe cannot have")
    }
    let offset = try file.offset(of: function)
    var probe = Probe(.uprobe, file.path.string, offset: offset, isReturn: isReturn)
    probe.referenceCounterOffset = referenceCounterOffset
    return try attach(to: probe, process: process, cookie: cookie, "'\(function)' of '\(file.path)'")
  }

  /// Attaches the program to an instruction of an executable file or shared library, by its offset in the file.
  ///
  /// With `isReturn`, the instruction must be the first of a function. See
  /// ``attach(toUprobe:of:process:isReturn:cookie:referenceCounterOffset:)`` for system calls, kernels and
  /// capabilities. This function does not read the file's symbols.
  ///
  /// - Parameters:
  ///   - offset: the instruction's offset in the file, in bytes. It is not verified to be the start of an instruction;
  ///     a probe in the middle of one corrupts the processes that execute it.
  ///   - file: the file, or the name of a library or program to find.
  ///   - process: the process ID, 0 for the caller; nil for all processes.
  ///   - isReturn: whether the program runs when the function at the offset returns, instead of when it is called.
  ///   - cookie: a number that the program reads with `bpf_get_attach_cookie`.
  ///   - referenceCounterOffset: the file offset of a USDT semaphore, a 16-bit count of listeners; 0 for none.
  /// - Returns: a link that keeps the program attached while it exists.
  /// - Throws: `BPFError`, as for a function; `BPFError.Code.invalidArgument` if the offset is not in an executable
  ///   segment of the ELF file, or is beyond its end.
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
  /// Throws for offsets outside an ELF file's executable segments: the kernel would set probes that never fire.
  func checkExecutable(_ offsets: [UInt64], of path: FilePath) throws(BPFError) {
    let file: ExecutableFile
    do throws(BPFError) {
      file = try ExecutableFile(at: path)
    } catch {
      // Files of other formats may contain instructions too, such as those that just-in-time compilers write.
      if error.code == .malformed { return }
      throw error
    }
    for offset in offsets where !file.isExecutable(at: offset) {
      throw BPFError(
        .attach, .invalidArgument, subject, path: path,
        "the file is not executable at offset 0x\(String(offset, radix: 16))")
    }
  }

  /// Attaches the program to one uprobe.
  ///
  /// - Parameter interface: the interface for setting it; nil for this kernel's best.
  func attach(
    to probe: Probe, process: Int32?, cookie: UInt64, _ name: String,
    through interface: ProbeInterface? = nil
  ) throws(BPFError) -> Link {
    let hook = AttachTarget(
      "\(probe.isReturn ? "uretprobe" : "uprobe") on \(name)", .kprobe,
      since: cookie == 0 ? "Linux 4.3" : "Linux 5.15")
    try hook.check(self, isFor: [nil], "attach it as a uprobe multi program, with attach(toUprobes:of:)")
    guard !probe.text.utf8.contains(0), probe.referenceCounterOffset <= UInt64(UInt32.max) else {
      throw BPFError(
        .attach, .invalidArgument, subject,
        "the path contains a NUL byte, or the semaphore's offset exceeds 32 bits")
    }
    return try hook.link(
      self, to: probe, process: process, cookie: cookie, through: interface,
      refusals: [
        .noSuchFileOrDirectory: (.notFound, "there is no file '\(probe.text)'"),
        .invalidArgument: (
          .invalidArgument,
          "it is not a regular file, ends before the offset, has another semaphore there, or the instruction cannot be probed"
        ),
        .notSupported: (.unsupported, "this instruction cannot be probed"),
        .notSupportedByKernel: (.unsupported, "this instruction cannot be probed"),
        .ioError: (.unsupported, "the file system of '\(probe.text)' does not support uprobes"),
      ], missing: "this kernel has no uprobes: it was built without CONFIG_UPROBE_EVENTS")
  }

  /// Attaches the program to a uprobe through the given interface, so that tests cover the path for old kernels.
  package func attach(
    toUprobeAt offset: UInt64, of path: FilePath, process: Int32?, isReturn: Bool,
    through interface: ProbeInterface
  ) throws(BPFError) -> Link {
    try attach(
      to: Probe(.uprobe, path.string, offset: offset, isReturn: isReturn), process: process, cookie: 0,
      "offset 0x\(String(offset, radix: 16)) of '\(path)'", through: interface)
  }
}
