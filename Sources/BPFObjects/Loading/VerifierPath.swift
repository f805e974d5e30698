//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// Tracks the current instruction and call stack through the lines of a verifier log.
///
/// A level 1 log has only the path that ended in the rejection. A level 2 log has all paths: when the verifier
/// returns to a branch, the call stack is restored to its state at the branch.
struct VerifierPath {
  typealias Line = Substring.UTF8View

  /// A processed instruction, with the preceding source line.
  struct Step {
    let index: Int
    let instruction: Line
    let sourceLine: Line?

    var call: VerifierLog.Call {
      VerifierLog.Call(
        instruction: String(Substring(instruction)), sourceLine: sourceLine.map { String(Substring($0)) })
    }

    var isCall: Bool { instruction.drop { $0 != UInt8(ascii: "(") }.starts(with: "(85) call".utf8) }
  }

  /// The last processed instruction.
  private(set) var last: Step?

  /// The call stack, the outermost call first.
  private(set) var callers: [Step] = []

  /// The global function where verification began.
  private(set) var function: String?

  private var sourceLine: Line?
  private var remarks: [Line] = []
  /// Whether the log has reached the report that newer kernels, such as 7.3, write after the reason. The report
  /// explains the reason at length.
  private var isInReport = false
  /// The call stack at the last visit of each instruction.
  private var callersBefore: [Int: [Step]] = [:]

  /// The lines after the last instruction. Without any instruction, the last lines are the reason.
  var reason: String { remarks.suffix(8).map { String(Substring($0)) }.joined(separator: "\n") }

  /// The last source line in the log.
  var lastSourceLine: String? { sourceLine.map { String(Substring($0)) } }

  mutating func follow(_ line: Line) {
    guard !isInReport else { return }
    if line.starts(with: "Verification failed: ".utf8) {
      isInReport = true
      if remarks.isEmpty { remarks.append(line) }
    } else if line.starts(with: "; ".utf8) {
      sourceLine = line.dropFirst(2)
    } else if let (index, rest) = VerifierPath.number(line, before: ":") {
      let rest = rest.drop { $0 == UInt8(ascii: " ") }
      if rest.first == UInt8(ascii: "(") { step(index, line) } else { descend(to: rest) }
    } else if !followCall(line), !VerifierPath.isRemarkOnState(line) {
      remarks.append(line)
    }
  }
}

// MARK: - Instructions

extension VerifierPath {
  /// Parses a line such as `12: (79) r1 = *(u64 *)(r1 +0)`, optionally followed by register states.
  private mutating func step(_ index: Int, _ line: Line) {
    let (instruction, state) = VerifierPath.parts(line)
    last = Step(index: index, instruction: instruction, sourceLine: sourceLine)
    callersBefore[index] = callers
    remarks.removeAll(keepingCapacity: true)
    if let state { descend(to: state) }
  }

  /// Splits an instruction from the register states after a semicolon, or after the next instruction's index:
  /// `goto pc+1 10: R1=0`.
  private static func parts(_ line: Line) -> (instruction: Line, state: Line?) {
    var end = line.firstIndex(of: UInt8(ascii: "(")) ?? line.endIndex
    var instructionEnd = end
    while end < line.endIndex {
      let start = line[end...].firstIndex { $0 != UInt8(ascii: " ") } ?? line.endIndex
      let word = line[start...].prefix { $0 != UInt8(ascii: " ") }
      let isIndex = word.last == UInt8(ascii: ":") && number(word, before: ":") != nil
      if word.first == UInt8(ascii: ";") || isIndex {
        return (line[..<instructionEnd], line[word.endIndex...].drop { $0 == UInt8(ascii: " ") })
      }
      if !word.isEmpty { instructionEnd = word.endIndex }
      end = word.endIndex
    }
    return (line[..<instructionEnd], nil)
  }

  /// Returns the call depth of register states: 2 for `frame2: R1=0`. Nil if the text is not register states.
  private static func depth(_ state: Line) -> Int? {
    if state.first == UInt8(ascii: "R") { return 0 }
    return state.starts(with: "frame".utf8) ? number(state.dropFirst(5), before: ":")?.number : nil
  }
}

// MARK: - Calls

extension VerifierPath {
  /// Processes a line about a call, a return, or the start of another path or function; returns false for other
  /// lines.
  private mutating func followCall(_ line: Line) -> Bool {
    if line.elementsEqual("caller:".utf8) {
      if let last { callers.append(last) }
    } else if line.starts(with: "to caller at ".utf8) {
      _ = callers.popLast()
    } else if line.starts(with: "from ".utf8) {
      if let (index, _) = VerifierPath.number(line.dropFirst(5), before: " to "),
        let before = callersBefore[index]
      {
        callers = before
      }
    } else if line.starts(with: "Validating ".utf8) {
      begin(String(Substring(line.dropFirst(11).prefix { $0 != UInt8(ascii: "(") })))
    } else if line.starts(with: "Func#".utf8), Substring(line).contains("is safe for any args") {
      begin(nil)
    } else {
      return false
    }
    return true
  }

  /// Starts the verification of a function.
  private mutating func begin(_ name: String?) {
    self = VerifierPath()
    function = name
  }

  /// Adjusts the call stack to the depth of the printed registers. A callback is one level deeper, without a log line
  /// for the call.
  private mutating func descend(to state: Line) {
    guard let depth = VerifierPath.depth(state) else { return }
    if depth < callers.count {
      callers.removeLast(callers.count - depth)
    } else if depth == callers.count + 1, let last, last.isCall {
      callers.append(last)
    }
  }
}

// MARK: - Lines

extension VerifierPath {
  /// Returns the leading number of a line, if the separator follows it, and the rest.
  private static func number(_ line: Line, before text: String) -> (number: Int, rest: Line)? {
    let digits = line.prefix { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }
    let rest = line[digits.endIndex...]
    guard rest.starts(with: text.utf8), let number = Int(Substring(digits)) else { return nil }
    return (number, rest.dropFirst(text.utf8.count))
  }

  /// Whether a line only shows register states, the origin of a call, or the statistics that end every log.
  private static func isRemarkOnState(_ line: Line) -> Bool {
    [
      "processed ", "verification time ", "stack depth ", "insns processed ", "callee:",
      "returning from callee:",
      " R", " frame", "cur state:", "old state:", "func#", "mark_precise: ",
    ].contains { line.starts(with: $0.utf8) }
  }
}
