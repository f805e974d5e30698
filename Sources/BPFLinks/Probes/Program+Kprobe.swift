//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFObjects
public import BPFSyscall
internal import SystemPackage

extension Program {
  /// Attaches the program to a function of the kernel (kprobe): it runs whenever the function is called, or with
  /// `isReturn` when it returns (kretprobe).
  ///
  /// System calls: reading two files of /sys, perf_event_open(2), `BPF_LINK_CREATE` and `BPF_OBJ_GET_INFO_BY_FD`. Linux 4.1,
  /// with a cookie 5.15; where perf_event_open(2) knows no kprobes, before Linux 4.17, one is made in the file system for
  /// tracing, and removed when the link goes. Capabilities: `CAP_BPF` and `CAP_PERFMON`.
  ///
  /// - Parameters:
  ///   - function: its name, such as `do_unlinkat`; a number of bytes from its beginning may follow, as in
  ///     `do_unlinkat+0x10`, where an instruction begins.
  ///   - isReturn: whether the program runs when the function returns, not when it is called.
  ///   - cookie: a number that the program can ask for, with `bpf_get_attach_cookie`.
  /// - Returns: the link, as long as which the program stays attached.
  /// - Throws: `BPFError`. `BPFError.Code.unsupported` if the kernel was built without kprobes, `BPFError.Code.notFound` if
  ///   it has no such function, or compiled it into others; `BPFError.Code.ambiguous` if it has several,
  ///   `BPFError.Code.wrongObject` for a program of another type than `kprobe`, or one for many kprobes at once,
  ///   `BPFError.Code.permissionDenied`.
  public func attach(
    toKprobe function: String, isReturn: Bool = false, cookie: UInt64 = 0
  ) throws(BPFError) -> Link {
    let name = FunctionName(function)
    guard name.version == nil, !name.name.isEmpty, !function.utf8.contains(0), !isReturn || name.offset == 0
    else {
      throw BPFError(
        .attach, .invalidArgument, subject,
        "'\(function)' is no function of the kernel, or has an offset, and functions return as a whole")
    }
    return try attach(
      to: Probe(.kprobe, name.name, offset: name.offset, isReturn: isReturn), cookie: cookie, "'\(function)'")
  }

  /// Attaches the program to an instruction of the kernel, by its address, as /proc/kallsyms tells those of functions.
  ///
  /// See ``attach(toKprobe:isReturn:cookie:)``.
  ///
  /// - Parameters:
  ///   - address: where the instruction begins.
  ///   - isReturn: whether the program runs when the function there returns, not when it is called.
  ///   - cookie: a number that the program can ask for.
  /// - Returns: the link, as long as which the program stays attached.
  /// - Throws: `BPFError`, as for a function.
  public func attach(
    toKprobeAt address: UInt64, isReturn: Bool = false, cookie: UInt64 = 0
  ) throws(BPFError) -> Link {
    try attach(
      to: Probe(.kprobe, "", offset: address, isReturn: isReturn), cookie: cookie,
      "address 0x\(String(address, radix: 16))")
  }

  private func attach(to probe: Probe, cookie: UInt64, _ words: String) throws(BPFError) -> Link {
    let place = AttachTarget.kprobe(probe, words, cookie: cookie)
    try place.check(self, isFor: [nil], "attach it to many kprobes at once")
    // They say nothing of the link that is made then.
    var linking = place
    linking.causes = [:]
    do throws(BPFError) {
      return try linking.link(
        self, to: probe, process: nil, cookie: cookie, through: nil, refusals: place.causes,
        missing: "this kernel has no kprobes: it was built without CONFIG_KPROBES")
    } catch {
      guard error.code == .notFound, !probe.text.isEmpty else { throw error }
      var error = error
      error.explanation = "\(place.description): \(KernelFunctions.Lists.running().absence(of: probe.text))"
      throw error
    }
  }
}

extension AttachTarget {
  /// A function or instruction of the kernel, and what the refusals to set a probe there mean.
  static func kprobe(_ probe: Probe, _ words: String, cookie: UInt64) -> AttachTarget {
    AttachTarget(
      "\(probe.isReturn ? "kretprobe" : "kprobe") on \(words)", .kprobe,
      since: cookie == 0 ? "Linux 4.1" : "Linux 5.15",
      causes: [
        .noSuchFileOrDirectory: (
          .notFound, "the kernel has no such function, or none that a probe can be on"
        ),
        .addressNotAvailable: (
          .ambiguous, "the kernel has more than one such function: give the address of one"
        ),
        .illegalByteSequence: (.invalidArgument, "no instruction begins there"),
        .invalidArgument: (
          .invalidArgument,
          "the kernel lets no probe be there: the function is one that probes need themselves (listed in "
            + "/sys/kernel/debug/kprobes/blacklist), or no instruction begins there"
        ),
      ])
  }
}

extension Program {
  /// Attaches the program to the function of the kernel that does a system call (ksyscall), whatever its name is in this
  /// kernel and on this architecture.
  ///
  /// System calls: those of ``attach(toKprobe:isReturn:cookie:)``, and of reading the kernel's types. Linux 4.1.
  ///
  /// - Parameters:
  ///   - name: the system call, such as `unlinkat`.
  ///   - isReturn: whether the program runs when the call is done, not when it begins.
  ///   - cookie: a number that the program can ask for.
  /// - Returns: the link, as long as which the program stays attached.
  /// - Throws: `BPFError`, as for any function.
  public func attach(
    toKernelSystemCall name: String, isReturn: Bool = false, cookie: UInt64 = 0
  ) throws(BPFError) -> Link {
    try attach(toKprobe: KernelFacts.function(ofSystemCall: name), isReturn: isReturn, cookie: cookie)
  }
}
