//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

extension Architecture {
  /// 64-bit x86: `arch/x86` of the kernel, with the registers of `struct pt_regs`.
  package static let x86_64 = Architecture(
    elfMachine: 62, relativeRelocation: 8, systemCallPrefix: "x64", libraryDirectory: "x86_64-linux-gnu",
    operandSyntax: .att,
    registerOffsets: Dictionary(
      x86RegisterNames.enumerated().flatMap { index, names in names.map { ($0, index * 8) } },
      uniquingKeysWith: { first, _ in first }))

  /// The full and partial names of each register, in the order of `struct pt_regs`.
  private static let x86RegisterNames = [
    ["r15", "r15d", "r15w", "r15b"], ["r14", "r14d", "r14w", "r14b"], ["r13", "r13d", "r13w", "r13b"],
    ["r12", "r12d", "r12w", "r12b"], ["rbp", "ebp", "bp", "bpl"], ["rbx", "ebx", "bx", "bl"],
    ["r11", "r11d", "r11w", "r11b"], ["r10", "r10d", "r10w", "r10b"], ["r9", "r9d", "r9w", "r9b"],
    ["r8", "r8d", "r8w", "r8b"], ["rax", "eax", "ax", "al"], ["rcx", "ecx", "cx", "cl"],
    ["rdx", "edx", "dx", "dl"], ["rsi", "esi", "si", "sil"], ["rdi", "edi", "di", "dil"], [],
    ["rip", "eip", "ip"],
    [], [], ["rsp", "esp", "sp", "spl"],
  ]
}
