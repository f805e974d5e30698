//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// A verifier log with its relevant parts extracted.
///
/// The verifier logs every step, and at the end the reason for the rejection. Readers need that reason, the source
/// line that caused it, and the calls that led there.
public struct VerifierLog: Hashable, Sendable, CustomStringConvertible {
  /// The complete log.
  public let text: String

  /// The reason for the rejection: the lines after the last processed instruction. Empty if the program was accepted.
  public let reason: String

  /// The last processed instruction, as the verifier prints it; nil if there is none.
  public let instruction: String?

  /// The instruction's source line, with file and line number where known; nil if the object has no line information.
  public let sourceLine: String?

  /// The calls that led to the instruction's function, the innermost first; empty in the function where verification
  /// began.
  public let callers: [Call]

  /// The global function where verification began, which is verified separately for all arguments; nil if it began
  /// with the program's own function.
  public let function: String?

  /// A call of a subprogram, or of a helper or kfunc that calls one back.
  public struct Call: Hashable, Sendable {
    /// The instruction, as the verifier prints it.
    public let instruction: String

    /// The source line; nil if the object has no line information.
    public let sourceLine: String?
  }

  /// Parses a log.
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

  /// A summary: the reason, then instruction, source line, and callers.
  public var description: String { description(of: reason) }

  /// Returns the summary with a different reason.
  func description(of reason: String) -> String {
    var parts = [reason]
    if let instruction { parts.append("at instruction \(instruction)") }
    if let sourceLine { parts.append("compiled from: \(sourceLine)") }
    parts += callers.map { "called from: \($0.sourceLine ?? "instruction \($0.instruction)")" }
    if let function {
      parts.append("in the global function '\(function)', which the verifier checks separately")
    }
    return parts.filter { !$0.isEmpty }.joined(separator: "\n")
  }
}

// MARK: - Invalid calls

extension VerifierLog {
  /// The index and function number of the invalid call that caused the rejection, such as a call in a poisoned
  /// instruction; nil for other causes. The index counts the instructions given to the kernel.
  package var unknownCall: (instruction: Int, number: Int)? {
    // "8: (85) call unknown#195896080"
    let call = ": (85) call unknown#"
    guard let instruction, let colon = instruction.firstIndex(of: ":"), instruction[colon...].hasPrefix(call),
      let index = Int(instruction[..<colon]), let number = Int(instruction[colon...].dropFirst(call.count))
    else { return nil }
    return (index, number)
  }
}
