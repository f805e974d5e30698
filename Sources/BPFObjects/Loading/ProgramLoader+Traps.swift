//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFSyscall
internal import BTF

// Why the verifier refuses a trap, which is a call of `bpf_throw`: it ends the program where something is left behind.

extension ProgramLoader {
  /// The kfunc that ends a program.
  static let throwFunction = "bpf_throw"

  /// Throws if the kernel has no ``throwFunction`` and the program has an exception callback. Such a kernel would refuse the
  /// callback first, as a function that nothing calls.
  func refuseMissingTraps(_ function: String, _ definition: ProgramDefinition) throws(BPFError) {
    guard function == Self.throwFunction, file.exceptionCallbacks[definition.name] != nil else { return }
    throw failure(
      definition, .unsupported,
      "the program can trap, and this kernel has no bpf_throw to end it: \(KernelRelease.requirement("6.7")); for older "
        + "kernels, compile the kernel module with -Ounchecked")
  }

  /// Returns the text of an error, after why a trap is not allowed where the verifier found one, and what to do. Returns the
  /// text itself for other rejections.
  func explainingTrap(_ text: String, _ verdict: VerifierLog, _ program: Prepared) -> String {
    let reason = verdict.reason
    guard reason.contains(Self.throwFunction) || verdict.instruction?.contains(Self.throwFunction) == true
    else { return text }
    if let index = VerifierLog.callbackTrap(reason) {
      let source = sourceLine(ofInstruction: index, program).map { "\ncompiled from: \($0)" } ?? ""
      return
        "\(Self.refusedTrap) in a callback, such as that of a loop or a timer: \(Self.advice)\n\(text)\(source)"
    }
    let unchecked = ", or compile the kernel module with -Ounchecked"
    if reason.contains("kernel function bpf_throw is not allowed") {
      return
        "\(Self.refusedTrap) in programs of type \(program.definition.type): \(Self.advice)\(unchecked)\n\(text)"
    }
    if reason.contains("JIT does not support") {
      return "\(Self.refusedTrap) on this processor architecture: \(Self.advice)\(unchecked)\n\(text)"
    }
    guard let place = Self.refusedPlace(reason) else { return text }
    return "\(Self.refusedTrap) while \(place): compute before, or \(Self.advice)\n\(text)"
  }

  /// Returns where the kernel does not allow a trap, by the verifier's words; nil for other reasons.
  private static func refusedPlace(_ reason: String) -> String? {
    if reason.contains("reference") { return "a record is reserved or another reference is held" }
    if reason.contains("lock") { return "a lock is held" }
    if reason.contains("preempt") || reason.contains("irq") { return "preemption or interrupts are disabled" }
    return nil
  }

  private static let refusedTrap = "the program can trap, which the kernel does not allow"
  private static let advice =
    "use operations that do not trap, such as &+ and UInt32(truncatingIfNeeded:)"

  /// Returns the source line of an instruction as the verifier prints it; nil if the object does not have it.
  private func sourceLine(ofInstruction index: Int, _ program: Prepared) -> String? {
    guard let types = file.types else { return nil }
    // Each record has four words: the instruction, the names of file and line, and the line's number with the column.
    let records = program.request.lineInfo
    let starts = stride(from: 0, to: records.count - 3, by: 4).filter { Int(records[$0]) <= index }
    guard let record = starts.last, let name = types.name(at: Int(records[record + 1])),
      let text = types.name(at: Int(records[record + 2]))
    else { return nil }
    let trimmed = text.drop { $0 == " " || $0 == "\t" }
    return "\(trimmed) @ \(name.split(separator: "/").last ?? ""):\(records[record + 3] >> 10)"
  }
}

extension VerifierLog {
  /// Returns the index of the instruction that throws in a callback; nil for other reasons.
  fileprivate static func callbackTrap(_ reason: String) -> Int? {
    // "bpf_throw kfunc (insn 33) cannot be called from callback subprog 3"
    let start = "bpf_throw kfunc (insn "
    guard let line = reason.split(separator: "\n").first(where: { $0.hasPrefix(start) }),
      line.contains("callback")
    else { return nil }
    return Int(line.dropFirst(start.count).prefix { $0.isNumber })
  }
}
