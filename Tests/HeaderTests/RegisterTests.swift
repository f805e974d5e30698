//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import KernelFixtures
import Testing

/// Checks that the macros read arguments from the registers of each architecture's calling convention.
@Suite("Registers", .sources)
struct RegisterTests {
  /// An architecture's calling conventions and register structure.
  struct Architecture: Sendable, CustomTestStringConvertible {
    var name: String
    /// The structure that a program's context is cast to, and its fields.
    var structure: String
    var fields: String
    /// The fields of function arguments.
    var arguments: [String]
    /// The fields of system call arguments after the first.
    var laterSystemCallArguments: [String]
    /// The field of the first system call argument, in the same structure or in a kernel-internal one.
    var firstSystemCallArgument: String
    var firstIsInKernelsStructure = false
    /// The fields of return address, frame pointer, return value, stack pointer and instruction pointer.
    var returnAddress: String
    var framePointer: String?
    var result: String
    var stackPointer: String
    var instructionPointer: String
    /// Macros that select the source of the structure.
    var definitions: [String] = []

    var testDescription: String { name }
  }

  static func numbered(_ name: String, _ range: ClosedRange<Int>) -> [String] {
    range.map { "\(name)[\($0)]" }
  }

  static let architectures = [
    Architecture(
      name: "x86", structure: "struct pt_regs",
      fields:
        "unsigned long r15, r14, r13, r12, bp, bx, r11, r10, r9, r8, ax, cx, dx, si, di, orig_ax, ip, cs, "
        + "flags, sp, ss;",
      arguments: ["di", "si", "dx", "cx", "r8", "r9"],
      laterSystemCallArguments: ["si", "dx", "r10", "r8", "r9"], firstSystemCallArgument: "di",
      returnAddress: "sp", framePointer: "bp", result: "ax", stackPointer: "sp", instructionPointer: "ip",
      definitions: ["__VMLINUX_H__"]),
    Architecture(
      name: "x86", structure: "struct pt_regs",
      fields:
        "unsigned long r15, r14, r13, r12, rbp, rbx, r11, r10, r9, r8, rax, rcx, rdx, rsi, rdi, orig_rax, "
        + "rip, cs, eflags, rsp, ss;",
      arguments: ["rdi", "rsi", "rdx", "rcx", "r8", "r9"],
      laterSystemCallArguments: ["rsi", "rdx", "r10", "r8", "r9"], firstSystemCallArgument: "rdi",
      returnAddress: "rsp", framePointer: "rbp", result: "rax", stackPointer: "rsp", instructionPointer: "rip"
    ),
    Architecture(
      name: "x86", structure: "struct pt_regs",
      fields:
        "long ebx, ecx, edx, esi, edi, ebp, eax, xds, xes, xfs, xgs, orig_eax, eip, xcs, eflags, esp, xss;",
      arguments: ["eax", "edx", "ecx"],
      laterSystemCallArguments: ["ecx", "edx", "esi", "edi", "ebp"], firstSystemCallArgument: "ebx",
      returnAddress: "esp", framePointer: "ebp", result: "eax", stackPointer: "esp",
      instructionPointer: "eip",
      definitions: ["__i386__"]),
    Architecture(
      name: "arm64", structure: "struct user_pt_regs", fields: "__u64 regs[31], sp, pc, pstate;",
      arguments: numbered("regs", 0...7), laterSystemCallArguments: numbered("regs", 1...5),
      firstSystemCallArgument: "orig_x0", firstIsInKernelsStructure: true, returnAddress: "regs[30]",
      framePointer: "regs[29]", result: "regs[0]", stackPointer: "sp", instructionPointer: "pc"),
    Architecture(
      name: "arm", structure: "struct pt_regs", fields: "unsigned long uregs[18];",
      arguments: numbered("uregs", 0...3), laterSystemCallArguments: numbered("uregs", 1...6),
      firstSystemCallArgument: "uregs[0]", returnAddress: "uregs[14]", framePointer: "uregs[11]",
      result: "uregs[0]", stackPointer: "uregs[13]", instructionPointer: "uregs[15]"),
    Architecture(
      name: "riscv", structure: "struct user_regs_struct",
      fields: "unsigned long pc, ra, sp, gp, tp, t0, t1, t2, s0, s1, a0, a1, a2, a3, a4, a5, a6, a7;",
      arguments: (0...7).map { "a\($0)" }, laterSystemCallArguments: (1...5).map { "a\($0)" },
      firstSystemCallArgument: "orig_a0", firstIsInKernelsStructure: true, returnAddress: "ra",
      framePointer: "s0", result: "a0", stackPointer: "sp", instructionPointer: "pc"),
    Architecture(
      name: "s390", structure: "user_pt_regs",
      fields: "unsigned long args[1]; struct { unsigned long mask, addr; } psw; unsigned long gprs[16];",
      arguments: numbered("gprs", 2...6), laterSystemCallArguments: numbered("gprs", 3...7),
      firstSystemCallArgument: "orig_gpr2", firstIsInKernelsStructure: true, returnAddress: "gprs[14]",
      framePointer: "gprs[11]", result: "gprs[2]", stackPointer: "gprs[15]", instructionPointer: "psw.addr"),
    Architecture(
      name: "powerpc", structure: "struct pt_regs",
      fields: "unsigned long gpr[32], nip, msr, orig_gpr3, ctr, link, xer, ccr;",
      arguments: numbered("gpr", 3...10), laterSystemCallArguments: numbered("gpr", 4...9),
      firstSystemCallArgument: "orig_gpr3", returnAddress: "link", framePointer: nil, result: "gpr[3]",
      stackPointer: "gpr[1]", instructionPointer: "nip"),
    Architecture(
      name: "loongarch", structure: "struct user_pt_regs",
      fields: "unsigned long regs[32], orig_a0, csr_era, csr_badv;",
      arguments: numbered("regs", 4...11), laterSystemCallArguments: numbered("regs", 5...9),
      firstSystemCallArgument: "regs[4]", returnAddress: "regs[1]", framePointer: "regs[22]",
      result: "regs[4]", stackPointer: "regs[3]", instructionPointer: "csr_era"),
    Architecture(
      name: "mips", structure: "struct pt_regs",
      fields: "unsigned long regs[32], cp0_status, hi, lo, cp0_badvaddr, cp0_cause, cp0_epc;",
      arguments: numbered("regs", 4...11), laterSystemCallArguments: numbered("regs", 5...9),
      firstSystemCallArgument: "regs[4]", returnAddress: "regs[31]", framePointer: "regs[30]",
      result: "regs[2]", stackPointer: "regs[29]", instructionPointer: "cp0_epc"),
  ]

  @Test("Each macro reads the architecture's register", arguments: architectures)
  func registers(_ architecture: Architecture) throws {
    let structure = architecture.structure
    var expected = architecture.arguments.enumerated().map { ("PT_REGS_PARM\($0 + 1)", $1) }
    expected += architecture.laterSystemCallArguments.enumerated().map {
      ("PT_REGS_PARM\($0 + 2)_SYSCALL", $1)
    }
    expected += [
      ("PT_REGS_RET", architecture.returnAddress), ("PT_REGS_RC", architecture.result),
      ("PT_REGS_SP", architecture.stackPointer), ("PT_REGS_IP", architecture.instructionPointer),
    ]
    if let framePointer = architecture.framePointer { expected.append(("PT_REGS_FP", framePointer)) }
    if !architecture.firstIsInKernelsStructure {
      expected.append(("PT_REGS_PARM1_SYSCALL", architecture.firstSystemCallArgument))
    }
    let comparisons = expected.map { name, field in
      "_Static_assert((unsigned long)&\(name)((\(structure) *)0) == __builtin_offsetof(\(structure), \(field)), "
        + "\"\(name) is \(field)\");"
    }
    try compile(architecture, comparisons.joined(separator: "\n"))
  }

  @Test("All macros compile in both forms, as do programs with arguments", arguments: architectures)
  func programs(_ architecture: Architecture) throws {
    let plain =
      architecture.arguments.indices.map { "PT_REGS_PARM\($0 + 1)" } + ["PT_REGS_RET", "PT_REGS_RC"]
    let registers =
      plain + ["PT_REGS_SP", "PT_REGS_IP"] + (architecture.framePointer == nil ? [] : ["PT_REGS_FP"])
    let systemCall = (1...architecture.laterSystemCallArguments.count + 1).map { "PT_REGS_PARM\($0)" }
    let all =
      registers + registers.map { $0 + "_CORE" } + systemCall.map { $0 + "_SYSCALL" }
      + systemCall.map { $0 + "_CORE_SYSCALL" }
    func parameters(_ count: Int) -> String { (1...count).map { "long a\($0)" }.joined(separator: ", ") }
    try compile(
      architecture,
      """
      unsigned long result;
      SEC("kprobe") int registers(struct pt_regs *ctx) {
      \(all.map { "  result += \($0)(ctx);" }.joined(separator: "\n"))
        result += (unsigned long)PT_REGS_SYSCALL_REGS(ctx);
        BPF_KPROBE_READ_RET_IP(result, ctx);
        return 0;
      }
      SEC("kprobe") int BPF_KPROBE(probed, \(parameters(architecture.arguments.count))) { return a1 == 0; }
      SEC("kretprobe") int BPF_KRETPROBE(returned, long value) { return value == 0; }
      SEC("ksyscall") int BPF_KSYSCALL(called, \(parameters(systemCall.count))) { return a1 == 0; }
      """, unused: ["-Wno-unused-parameter"])
  }

  @Test("Reports arguments without a register and missing architectures as errors")
  func mistakes() throws {
    let source = """
      #include <bpf/bpf_tracing.h>
      struct pt_regs { unsigned long di; };
      long argument(struct pt_regs *ctx) { return PT_REGS_PARM7(ctx); }
      """
    for (definitions, message) in [
      (["__TARGET_ARCH_x86"], "__no_such_register__"), ([], "define __TARGET_ARCH_x86"),
    ] {
      let error = #expect(throws: FixtureError.self) {
        try withTemporaryDirectory { directory in
          try Toolchain.compile(
            source, to: directory.appending("mistake.bpf.o"), includePaths: [HeaderFixture.headers],
            definitions: definitions)
        }
      }
      #expect("\(try #require(error))".contains(message))
    }
  }

  /// Compiles `text` after the architecture's register structure and the headers.
  private func compile(_ architecture: Architecture, _ text: String, unused: [String] = []) throws {
    let name = architecture.structure
    let definition =
      name.hasPrefix("struct ")
      ? "\(name) { \(architecture.fields) };" : "typedef struct { \(architecture.fields) } \(name);"
    let source = """
      #include <bpf/bpf_scalars.h>
      \(architecture.definitions.map { "#define \($0)" }.joined(separator: "\n"))
      \(definition)
      #include <bpf/bpf_tracing.h>
      \(text)
      char _license[] SEC("license") = "GPL";
      """
    try withTemporaryDirectory { directory in
      try Toolchain.compile(
        source, to: directory.appending("registers.bpf.o"), includePaths: [HeaderFixture.headers],
        definitions: ["__TARGET_ARCH_\(architecture.name)"],
        warnings: HeaderFixture.strict + ["-Wno-gnu-folding-constant"] + unused)
    }
  }
}
