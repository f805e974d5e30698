//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// What the kernel's verifier wrote about a program, and what matters in it.
///
/// The verifier tells all it did, step by step, and at the very end why it gave up. People look for the end, for the line
/// of their source that was its cause, and for the calls that led there.
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

  /// The calls that led to the function that the instruction is in, the innermost first; empty in the function that the
  /// verifier began with.
  public let callers: [Call]

  /// The global function that the verifier began with, which it checks by itself and for all arguments; nil if it began
  /// with the program's own function.
  public let function: String?

  /// A call of a function of the program, or of one that calls a function of the program back.
  public struct Call: Hashable, Sendable {
    /// The instruction, as the verifier prints it.
    public let instruction: String

    /// The line of source it was compiled from; nil if the object has no line information.
    public let sourceLine: String?
  }

  /// Finds out what matters in a log.
  public init(_ text: String) {
    self.text = text
    var path = VerifierPath()
    for line in text.utf8.split(separator: UInt8(ascii: "\n")) { path.follow(line) }
    reason = path.reason
    instruction = path.last?.call.instruction
    sourceLine = path.last?.call.sourceLine ?? path.lastSourceLine
    callers = path.callers.reversed().map(\.call)
    function = path.function
  }

  /// The reason, then instruction, source line, and the lines that called.
  public var description: String { description(of: reason) }

  /// What matters, with another reason than the verifier's.
  func description(of reason: String) -> String {
    var parts = [reason]
    if let instruction { parts.append("at instruction \(instruction)") }
    if let sourceLine { parts.append("compiled from: \(sourceLine)") }
    parts += callers.map { "called from: \($0.sourceLine ?? "instruction \($0.instruction)")" }
    if let function {
      parts.append("in the global function '\(function)', which the verifier checks by itself")
    }
    return parts.filter { !$0.isEmpty }.joined(separator: "\n")
  }
}

// MARK: - Calls of what is not there

extension VerifierLog {
  /// The call that the program was refused for, if it is one of a function that no kernel has, such as those that stand
  /// where something was missing: its index in the program as the kernel was given it, and the function's number.
  package var unknownCall: (instruction: Int, number: Int)? {
    // "8: (85) call unknown#195896080"
    let call = ": (85) call unknown#"
    guard let instruction, let colon = instruction.firstIndex(of: ":"), instruction[colon...].hasPrefix(call),
      let index = Int(instruction[..<colon]), let number = Int(instruction[colon...].dropFirst(call.count))
    else { return nil }
    return (index, number)
  }
}
