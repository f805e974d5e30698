//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// What the kernel's verifier wrote about a program, and what matters in it.
///
/// The verifier tells all it did, step by step, and at the very end why it gave up. People look for the end, and for
/// the line of their source that was its cause.
public struct VerifierLog: Hashable, Sendable, CustomStringConvertible {
  /// All of it.
  public let text: String

  /// Why the program was refused, in the verifier's words: the lines after the last instruction it looked at. Empty if
  /// it was content.
  public let reason: String

  /// The last instruction it looked at, as it prints them; nil if it got to none.
  public let instruction: String?

  /// The line of source that instruction was compiled from, with file and line where the kernel tells; nil if the
  /// object has no line information.
  public let sourceLine: String?

  /// Finds out what matters in a log.
  public init(_ text: String) {
    self.text = text
    let lines = text.split(whereSeparator: \.isNewline).filter { !VerifierLog.isStatistic($0) }
    let last = lines.lastIndex(where: VerifierLog.isInstruction)
    instruction = last.map { VerifierLog.withoutState(lines[$0]) }
    sourceLine = lines[..<(last ?? lines.endIndex)].last { $0.hasPrefix("; ") }.map {
      String($0.dropFirst(2))
    }
    let ending = last.map { lines[($0 + 1)...] } ?? lines[...]
    // Of what the verifier says without any instruction the last lines are the reason.
    reason = ending.filter { !$0.hasPrefix("; ") && !VerifierLog.isState($0) }.suffix(8).joined(
      separator: "\n")
  }

  /// The reason, then instruction and source line.
  public var description: String {
    var parts = [reason]
    if let instruction { parts.append("at instruction \(instruction)") }
    if let sourceLine { parts.append("compiled from: \(sourceLine)") }
    return parts.filter { !$0.isEmpty }.joined(separator: "\n")
  }
}

// MARK: - Instructions

extension VerifierLog {
  /// The index of the instruction that the verifier looked at last, if it is one that was poisoned because it asks for
  /// what the kernel's types do not have; counted in the program as the kernel was given it.
  package var poisonedInstruction: Int? {
    // "8: (85) call unknown#195896080"
    guard let instruction, let colon = instruction.firstIndex(of: ":"),
      instruction[colon...] == ": (85) call unknown#\(Instruction.poisonNumber)"
    else { return nil }
    return Int(instruction[..<colon])
  }
}

// MARK: - Kinds of lines

extension VerifierLog {
  /// Such as `processed 12 insns (limit 1000000) ...`, which ends every log.
  private static func isStatistic(_ line: Substring) -> Bool {
    ["processed ", "verification time ", "stack depth ", "insns processed "].contains(where: line.hasPrefix)
  }

  /// Such as `12: (79) r1 = *(u64 *)(r1 +0)`.
  private static func isInstruction(_ line: Substring) -> Bool {
    let rest = line.drop(while: \.isNumber)
    return rest.count < line.count && rest.hasPrefix(": (")
  }

  /// Registers alone, such as `12: R1=ctx() R10=fp0`, or where a path of execution began.
  private static func isState(_ line: Substring) -> Bool {
    let rest = line.drop(while: \.isNumber)
    return (rest.count < line.count && rest.hasPrefix(": ") && !isInstruction(line))
      || line.hasPrefix("from ")
  }

  /// An instruction without the registers that newer kernels print behind it.
  private static func withoutState(_ line: Substring) -> String {
    guard let semicolon = line.firstIndex(of: ";") else { return String(line) }
    let instruction = line[..<semicolon]
    return String(instruction[...(instruction.lastIndex { !$0.isWhitespace } ?? instruction.startIndex)])
  }
}
