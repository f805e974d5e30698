//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// The properties of a processor architecture that the library depends on.
///
/// Each architecture has its own file. All are compiled on every machine, so that tests can read them as data.
package struct Architecture: Hashable, Sendable {
  /// The instruction set's number in ELF files: `EM_*`.
  package var elfMachine: UInt16

  /// The type of the relocations that add a file's base address (`R_*_RELATIVE`); nil if unknown.
  package var relativeRelocation: UInt64?

  /// The architecture's part of a system call function's name: `x64` of `__x64_sys_bpf`. Nil where these functions take
  /// their arguments like any other function.
  package var systemCallPrefix: String?

  /// The name of the library directories on distributions that sort them by architecture (multiarch).
  package var libraryDirectory: String?

  /// The syntax of operands in assembly; nil if the library does not read them.
  package var operandSyntax: OperandSyntax?

  /// The offsets of registers, in bytes, in the structure that a probe's program reads. The keys are register names in
  /// operands.
  package var registerOffsets: [String: Int] = [:]

  /// The names of registers that always read as zero.
  package var zeroRegisters: Set<String> = []

  /// A syntax of operands.
  package enum OperandSyntax: Hashable, Sendable {
    /// `%rax`, `-8(%rbp)`, `8(%rdi,%rsi,4)`, `$7`.
    case att
    /// `x0`, `[sp, 16]`, `[x0, x1, lsl 3]`, `7`.
    case arm
  }

  /// The architecture that this process runs on; nil if the library does not support it.
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

  /// Returns the architecture of an ELF file; nil if the library does not support it.
  package static func ofELF(_ machine: UInt16) -> Architecture? {
    [x86_64, arm64, riscv64, s390x, powerpc64, i386, arm].first { $0.elfMachine == machine }
  }

  /// Returns the name of the kernel function that implements a system call.
  ///
  /// - Parameter isWrapped: Whether the kernel's system call functions take their arguments from a structure.
  package func function(ofSystemCall name: String, isWrapped: Bool) -> String {
    "__\(isWrapped ? systemCallPrefix ?? "se" : "se")_sys_\(name)"
  }
}
