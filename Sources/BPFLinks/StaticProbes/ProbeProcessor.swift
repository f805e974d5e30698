//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// The processors whose registers are known: where the kernel keeps each, in bytes from the beginning of
/// `struct pt_regs`.
package enum ProbeProcessor: Sendable {
  case x86, arm

  var isArm: Bool { self == .arm }

  /// That of this process; nil for others.
  static var current: ProbeProcessor? {
    #if arch(x86_64)
    .x86
    #elseif arch(arm64)
    .arm
    #else
    nil
    #endif
  }

  /// Where a register is; nil for one that is not kept there, such as a vector.
  func offset(ofRegister name: String) -> Int? {
    switch self {
    case .x86: ProbeProcessor.x86Offsets[name]
    case .arm: armOffset(name)
    }
  }

  /// `x0` to `x30`, their lower halves, and `sp`.
  private func armOffset(_ name: String) -> Int? {
    if name == "sp" { return 31 * 8 }
    guard name.hasPrefix("x") || name.hasPrefix("w"), let number = Int(name.dropFirst()),
      (0...30).contains(number)
    else { return nil }
    return number * 8
  }

  /// The names of each register, whole and in parts, in the order in which the kernel keeps them.
  private static let x86Names = [
    ["r15", "r15d", "r15w", "r15b"], ["r14", "r14d", "r14w", "r14b"], ["r13", "r13d", "r13w", "r13b"],
    ["r12", "r12d", "r12w", "r12b"], ["rbp", "ebp", "bp", "bpl"], ["rbx", "ebx", "bx", "bl"],
    ["r11", "r11d", "r11w", "r11b"], ["r10", "r10d", "r10w", "r10b"], ["r9", "r9d", "r9w", "r9b"],
    ["r8", "r8d", "r8w", "r8b"], ["rax", "eax", "ax", "al"], ["rcx", "ecx", "cx", "cl"],
    ["rdx", "edx", "dx", "dl"], ["rsi", "esi", "si", "sil"], ["rdi", "edi", "di", "dil"], [],
    ["rip", "eip", "ip"],
    [], [], ["rsp", "esp", "sp", "spl"],
  ]

  private static let x86Offsets = Dictionary(
    x86Names.enumerated().flatMap { place, names in names.map { ($0, place * 8) } },
    uniquingKeysWith: { first, _ in first })
}
