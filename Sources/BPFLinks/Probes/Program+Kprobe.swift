//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFObjects
public import BPFSyscall
internal import SystemPackage

extension Program {
  /// Attaches the program to a kernel function (kprobe). The program runs when the function is called, or with
  /// `isReturn` when it returns (kretprobe).
  ///
  /// System calls: reading two files of /sys, perf_event_open(2), `BPF_LINK_CREATE` and `BPF_OBJ_GET_INFO_BY_FD`. Linux
  /// 4.1, with a cookie 5.15. Before Linux 4.17, perf_event_open(2) does not support kprobes: the probe is created in
  /// the tracing file system instead, and removed with the link. Capabilities: `CAP_BPF` and `CAP_PERFMON`.
  ///
  /// - Parameters:
  ///   - function: the function's name, such as `do_unlinkat`, optionally with an offset in bytes at which an
  ///     instruction begins, as in `do_unlinkat+0x10`.
  ///   - isReturn: whether the program runs when the function returns, instead of when it is called.
  ///   - cookie: a number that the program reads with `bpf_get_attach_cookie`.
  /// - Returns: a link that keeps the program attached while it exists.
  /// - Throws: `BPFError`. `BPFError.Code.unsupported` if the kernel was built without kprobes;
  ///   `BPFError.Code.notFound` if it has no such function, or the compiler inlined it; `BPFError.Code.ambiguous` if
  ///   several functions have this name; `BPFError.Code.wrongObject` for a program of another type than `kprobe`, or
  ///   for a kprobe multi program; `BPFError.Code.permissionDenied`.
  public func attach(
    toKprobe function: String, isReturn: Bool = false, cookie: UInt64 = 0
  ) throws(BPFError) -> Link {
    let name = FunctionName(function)
    guard name.version == nil, !name.name.isEmpty, !function.utf8.contains(0), !isReturn || name.offset == 0
    else {
      throw BPFError(
        .attach, .invalidArgument, subject,
        "'\(function)' is not a kernel function, or has an offset, which a return probe cannot have")
    }
    return try attach(
      to: Probe(.kprobe, name.name, offset: name.offset, isReturn: isReturn), cookie: cookie, "'\(function)'")
  }

  /// Attaches the program to a kernel instruction by its address. /proc/kallsyms lists the addresses of functions.
  ///
  /// See ``attach(toKprobe:isReturn:cookie:)``.
  ///
  /// - Parameters:
  ///   - address: the address of the instruction.
  ///   - isReturn: whether the program runs when the function at the address returns, instead of when it is called.
  ///   - cookie: a number that the program reads with `bpf_get_attach_cookie`.
  /// - Returns: a link that keeps the program attached while it exists.
  /// - Throws: `BPFError`, as for a function.
  public func attach(
    toKprobeAt address: UInt64, isReturn: Bool = false, cookie: UInt64 = 0
  ) throws(BPFError) -> Link {
    try attach(
      to: Probe(.kprobe, "", offset: address, isReturn: isReturn), cookie: cookie,
      "address 0x\(String(address, radix: 16))")
  }

  private func attach(to probe: Probe, cookie: UInt64, _ name: String) throws(BPFError) -> Link {
    let hook = AttachTarget.kprobe(probe, name, cookie: cookie)
    try hook.check(self, isFor: [nil], "attach it as a kprobe multi program, with attach(toKprobes:)")
    // The causes describe errors from setting the probe, not from creating the link.
    var linkHook = hook
    linkHook.causes = [:]
    do throws(BPFError) {
      return try linkHook.link(
        self, to: probe, process: nil, cookie: cookie, through: nil, refusals: hook.causes,
        missing: "this kernel has no kprobes: it was built without CONFIG_KPROBES")
    } catch {
      guard error.code == .notFound, !probe.text.isEmpty else { throw error }
      var error = error
      error.explanation = "\(hook.description): \(KernelFunctions.Lists.running().absence(of: probe.text))"
      throw error
    }
  }
}

extension AttachTarget {
  /// Returns the target for a kernel function or instruction, with the causes of errors from setting its probe.
  static func kprobe(_ probe: Probe, _ name: String, cookie: UInt64) -> AttachTarget {
    AttachTarget(
      "\(probe.isReturn ? "kretprobe" : "kprobe") on \(name)", .kprobe,
      since: cookie == 0 ? "Linux 4.1" : "Linux 5.15",
      causes: [
        .noSuchFileOrDirectory: (
          .notFound, "the kernel has no such function, or the function cannot be probed"
        ),
        .addressNotAvailable: (
          .ambiguous, "the kernel has more than one function of this name: give the address of one"
        ),
        .illegalByteSequence: (.invalidArgument, "no instruction begins there"),
        .invalidArgument: (
          .invalidArgument,
          "the kernel does not allow a probe there: either the function is one that probes themselves need (listed in "
            + "/sys/kernel/debug/kprobes/blacklist), or no instruction begins there"
        ),
      ])
  }
}

extension Program {
  /// Attaches the program to the kernel function that implements a system call (ksyscall), independent of the kernel's
  /// release and architecture.
  ///
  /// System calls: those of ``attach(toKprobe:isReturn:cookie:)``, and of reading the kernel's types. Linux 4.1.
  ///
  /// - Parameters:
  ///   - name: the system call, such as `unlinkat`.
  ///   - isReturn: whether the program runs when the system call returns, instead of when it begins.
  ///   - cookie: a number that the program reads with `bpf_get_attach_cookie`.
  /// - Returns: a link that keeps the program attached while it exists.
  /// - Throws: `BPFError`, as for a function.
  public func attach(
    toKernelSystemCall name: String, isReturn: Bool = false, cookie: UInt64 = 0
  ) throws(BPFError) -> Link {
    try attach(toKprobe: KernelFacts.function(ofSystemCall: name), isReturn: isReturn, cookie: cookie)
  }
}
