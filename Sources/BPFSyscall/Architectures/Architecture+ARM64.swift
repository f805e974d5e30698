//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

extension Architecture {
  /// 64-bit Arm: `arch/arm64` of the kernel, with the registers of `struct user_pt_regs`.
  ///
  /// Page sizes are 4, 16 or 64 KiB, depending on the kernel's configuration: see `Page.size`. C's `char` is unsigned.
  package static let arm64 = Architecture(
    elfMachine: 183, relativeRelocation: 1027, systemCallPrefix: "arm64",
    libraryDirectory: "aarch64-linux-gnu",
    operandSyntax: .arm, registerOffsets: armRegisterOffsets, zeroRegisters: ["xzr", "wzr"])

  /// `x0` to `x30` and their lower halves, then the stack pointer.
  private static let armRegisterOffsets: [String: Int] = {
    var offsets = ["sp": 31 * 8]
    for number in 0...30 { (offsets["x\(number)"], offsets["w\(number)"]) = (number * 8, number * 8) }
    return offsets
  }()
}
