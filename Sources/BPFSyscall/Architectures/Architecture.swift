//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// What the library knows of a processor architecture, and what differs from one to another.
///
/// Each architecture has a file of its own. All of them are compiled on every machine, so that tests read them as data.
package struct Architecture: Hashable, Sendable {
  /// The number of the instruction set in ELF files. `EM_*`.
  package var elfMachine: UInt16

  /// The type of the relocations that add a file's base address (`R_*_RELATIVE`); nil if it is not known.
  package var relativeRelocation: UInt64?

  /// The part of a system call function's name that the architecture decides: `x64` of `__x64_sys_bpf`; nil where system
  /// calls take their arguments as functions do.
  package var systemCallPrefix: String?

  /// The name of the directories of libraries on distributions that sort them by architecture (multiarch).
  package var libraryDirectory: String?

  /// How assemblers write operands; nil if the library does not read them.
  package var operandSyntax: OperandSyntax?

  /// The offsets of registers in the structure that a probe's program reads, in bytes, by their names in operands.
  package var registerOffsets: [String: Int] = [:]

  /// Names of registers that always read as zero.
  package var zeroRegisters: Set<String> = []

  /// Ways to write operands.
  package enum OperandSyntax: Hashable, Sendable {
    /// `%rax`, `-8(%rbp)`, `8(%rdi,%rsi,4)`, `$7`.
    case att
    /// `x0`, `[sp, 16]`, `[x0, x1, lsl 3]`, `7`.
    case arm
  }

  /// The architecture that this process runs on; nil if the library knows nothing of it.
  package static var current: Architecture? {
    #if arch(x86_64)
    .x86_64
    #elseif arch(arm64)
    .arm64
    #elseif arch(riscv64)
    .riscv64
    #elseif arch(s390x)
    .s390x
    #elseif arch(powerpc64) || arch(powerpc64le)
    .powerpc64
    #elseif arch(i386)
    .i386
    #elseif arch(arm)
    .arm
    #else
    nil
    #endif
  }

  /// Returns the architecture of an ELF file; nil if the library knows nothing of it.
  package static func ofELF(_ machine: UInt16) -> Architecture? {
    [x86_64, arm64, riscv64, s390x, powerpc64, i386, arm].first { $0.elfMachine == machine }
  }

  /// Returns the name of the kernel function that does a system call.
  ///
  /// - Parameter isWrapped: Whether the kernel's system call functions take their arguments from a structure.
  package func function(ofSystemCall name: String, isWrapped: Bool) -> String {
    "__\(isWrapped ? systemCallPrefix ?? "se" : "se")_sys_\(name)"
  }
}
