//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import Testing

@testable import BPFSyscall

@Suite("Architectures")
struct ArchitectureTests {
  private static let all: [Architecture] = [.x86_64, .arm64, .riscv64, .s390x, .powerpc64, .i386, .arm]

  @Test(
    "System call functions have the kernel's names on each architecture",
    arguments: [
      (Architecture.x86_64, "__x64_sys_unlinkat"), (.arm64, "__arm64_sys_unlinkat"),
      (.riscv64, "__riscv_sys_unlinkat"), (.s390x, "__s390x_sys_unlinkat"), (.i386, "__ia32_sys_unlinkat"),
    ])
  func systemCalls(architecture: Architecture, name: String) {
    #expect(architecture.function(ofSystemCall: "unlinkat", isWrapped: true) == name)
    #expect(architecture.function(ofSystemCall: "unlinkat", isWrapped: false) == "__se_sys_unlinkat")
  }

  @Test("An ELF header determines the architecture")
  func files() {
    for architecture in Self.all { #expect(Architecture.ofELF(architecture.elfMachine) == architecture) }
    #expect(Architecture.ofELF(247) == nil)
  }

  // The numbers are those of each ABI's ELF specification: EM_* and R_*_RELATIVE of <elf.h>.
  @Test(
    "Relative relocations have each architecture's type",
    arguments: [
      (62, 8), (183, 1027), (243, 3), (22, 12), (21, 22), (3, nil), (40, nil),
    ] as [(UInt16, UInt64?)])
  func relocations(machine: UInt16, type: UInt64?) {
    #expect(Architecture.ofELF(machine)?.relativeRelocation == type)
  }

  @Test("The register offsets of x86-64 match struct pt_regs")
  func x86Registers() {
    let offsets = Architecture.x86_64.registerOffsets
    let whole = ["r15": 0, "rbp": 32, "rax": 80, "rdi": 112, "rip": 128, "rsp": 152]
    for (name, offset) in whole { #expect(offsets[name] == offset, "\(name)") }
    for (part, name) in [("sil", "rsi"), ("r8d", "r8"), ("ax", "rax"), ("esp", "rsp")] {
      #expect(offsets[part] == offsets[name] && offsets[part] != nil, "\(part)")
    }
    #expect(offsets["xmm0"] == nil && offsets["x0"] == nil)
  }

  @Test("The register offsets of arm64 match struct user_pt_regs")
  func armRegisters() {
    let offsets = Architecture.arm64.registerOffsets
    for number in 0...30 {
      #expect(offsets["x\(number)"] == number * 8 && offsets["w\(number)"] == number * 8)
    }
    #expect(offsets["sp"] == 248 && offsets["x31"] == nil && offsets["d0"] == nil && offsets["rax"] == nil)
  }

  @Test("The current architecture is known where USDT arguments are supported")
  func current() {
    #if arch(x86_64)
    #expect(Architecture.current == .x86_64)
    #elseif arch(arm64)
    #expect(Architecture.current == .arm64)
    #else
    #expect(Architecture.current?.operandSyntax == nil)
    #endif
  }
}
