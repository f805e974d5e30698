//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFObjects
internal import KernelTypeDeclarations

/// The parameter and the results that programs of one kind have, by the section that makes them that kind.
package struct ProgramKind {
  /// The sections: names, and beginnings of names that end in `/`.
  package let sections: [String]
  /// The type of the context in BPFKernel.
  package let context: String
  /// The types of results. A number means what the kernel's documentation of the program type says.
  package let results: [String]

  private init(_ sections: [String], _ context: String, _ results: [String] = ["Int32"]) {
    (self.sections, self.context, self.results) = (sections, context, results)
  }

  /// Returns the kind of programs in a section. Names of sections may begin with `?`, and end with `.s` or `.multi`
  /// options of the loader.
  package static func of(_ section: String) -> ProgramKind? {
    let section = section.hasPrefix("?") ? String(section.dropFirst()) : section
    return all.first {
      $0.sections.contains { section == $0 || section.hasPrefix($0 + "/") || section.hasPrefix($0 + ".") }
    }
  }

  private static let permission = ["Permission", "Int32"]
  private static let socketAction = ["SKAction", "Int32"]

  /// All kinds. The first that matches a section counts.
  package static let all = [
    ProgramKind(["xdp"], "XDPContext", ["XDPAction", "Int32"]),
    ProgramKind(
      ["tc", "tcx", "netkit", "classifier", "action"], "TCContext", ["TCAction", "Int32"]),
    ProgramKind(["socket"], "SocketFilterContext"),
    ProgramKind(["cgroup_skb", "cgroup/skb"], "CgroupSKBContext", permission),
    ProgramKind(["lwt_in", "lwt_out", "lwt_xmit", "lwt_seg6local"], "LWTContext", ["LWTAction", "Int32"]),
    ProgramKind(["flow_dissector"], "FlowDissectorContext"),
    ProgramKind(["netfilter"], "NetfilterContext", permission),
    ProgramKind(["sk_skb"], "SKBuffContext", socketAction),
    ProgramKind(["sk_msg"], "SKMessageContext", socketAction),
    ProgramKind(["sk_reuseport"], "SKReuseportContext", socketAction),
    ProgramKind(["sk_lookup"], "SKLookupContext", socketAction),
    ProgramKind(["sockops"], "SockOpsContext", permission),
    ProgramKind(["cgroup/dev"], "CgroupDeviceContext", permission),
    ProgramKind(["cgroup/sysctl"], "SysctlContext", permission),
    ProgramKind(["cgroup/getsockopt", "cgroup/setsockopt"], "SocketOptionContext", permission),
    ProgramKind(
      ["cgroup/sock", "cgroup/sock_create", "cgroup/sock_release", "cgroup/post_bind4", "cgroup/post_bind6"],
      "SocketContext", permission),
    ProgramKind(
      [
        "cgroup/bind4", "cgroup/bind6", "cgroup/connect4", "cgroup/connect6", "cgroup/connect_unix",
        "cgroup/sendmsg4", "cgroup/sendmsg6", "cgroup/sendmsg_unix", "cgroup/recvmsg4", "cgroup/recvmsg6",
        "cgroup/recvmsg_unix", "cgroup/getpeername4", "cgroup/getpeername6", "cgroup/getpeername_unix",
        "cgroup/getsockname4", "cgroup/getsockname6", "cgroup/getsockname_unix",
      ], "SocketAddressContext", permission),
    ProgramKind(["tracepoint", "tp"], "TracepointContext"),
    ProgramKind(["raw_tp", "raw_tracepoint"], "RawTracepointContext"),
    ProgramKind(["tp_btf"], "BTFTracepointContext"),
    ProgramKind(["fentry", "fexit", "fmod_ret", "fsession"], "FunctionContext"),
    ProgramKind(["lsm", "lsm_cgroup"], "LSMContext"),
    ProgramKind(["struct_ops"], "StructOpsContext"),
    ProgramKind(
      [
        "kprobe", "kretprobe", "kprobe.multi", "kretprobe.multi", "kretsyscall", "uprobe", "uretprobe",
      ], "ProbeContext"),
    ProgramKind(["perf_event"], "PerfEventContext"),
    ProgramKind(["iter"], "IteratorContext"),
    ProgramKind(["syscall"], "SyscallContext"),
  ]
}

extension ProgramKind {
  /// Whether the name of the context begins with a letter that is read as `ex`, `el` or `es`.
  private var isAbbreviation: Bool { ["XDP", "LSM", "SK"].contains { context.hasPrefix($0) } }

  /// Whether programs in a section have registers that do not hold the arguments: those of a USDT probe are described
  /// beside it, and those of a system call are in other registers, behind a pointer on some machines.
  private static func isArgumentless(_ section: String) -> Bool {
    let name = section.drop { $0 == "?" }.prefix { $0 != "/" && $0 != "." }
    return ["usdt", "ksyscall"].contains(name)
  }

  /// Returns what is wrong with a program's declaration; nil if nothing is.
  package static func problem(of program: KernelProgram) -> String? {
    let context = program.parameters.first
    guard let kind = of(program.section) else {
      let isKnown = SectionConvention.match(program.section).convention != nil
      let reason =
        isArgumentless(program.section)
        ? "whose arguments only C can read" : "whose program type is not supported in Swift"
      return "'\(program.name)' is in the section '\(program.section)', "
        + (isKnown
          ? "\(reason): write the program in a .bpf.c file of the module" : "which is of no program type")
    }
    guard program.name != program.section else {
      return "'\(program.name)' is named like its section, which the assembler refuses: rename the function"
    }
    let isContext =
      program.parameters.count == 1
      && (context?.name == "BPFKernel." + kind.context
        || KernelTypeContext.isDeclared(context?.name ?? "", forSection: program.section))
    let isResult = kind.results.contains { result in
      program.result.text == "BPFKernel." + result || program.result.text == "Swift." + result
    }
    guard !isContext || !isResult else { return nil }
    let article = "AEIOU".contains(kind.context.prefix(1)) || kind.isAbbreviation ? "an" : "a"
    return
      "'\(program.name)' is a program of the section '\(program.section)': it takes \(article) \(kind.context) and "
      + "returns \(kind.results.joined(separator: " or "))"
  }
}
