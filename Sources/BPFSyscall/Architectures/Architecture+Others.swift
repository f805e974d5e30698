//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

// Architectures that the library has not been built for. The constants come from the kernel's headers and the ELF
// specifications. Arguments of USDT probes cannot be read on them.

extension Architecture {
  /// 64-bit RISC-V.
  package static let riscv64 = Architecture(
    elfMachine: 243, relativeRelocation: 3, systemCallPrefix: "riscv", libraryDirectory: "riscv64-linux-gnu")

  /// IBM Z.
  package static let s390x = Architecture(
    elfMachine: 22, relativeRelocation: 12, systemCallPrefix: "s390x", libraryDirectory: "s390x-linux-gnu")

  /// 64-bit POWER, of either byte order.
  package static let powerpc64 = Architecture(
    elfMachine: 21, relativeRelocation: 22, systemCallPrefix: "powerpc")

  /// 32-bit x86.
  package static let i386 = Architecture(
    elfMachine: 3, systemCallPrefix: "ia32", libraryDirectory: "i386-linux-gnu")

  /// 32-bit Arm.
  package static let arm = Architecture(elfMachine: 40, systemCallPrefix: "arm")
}
