//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// Follows the verifier's log from line to line: the instruction that it is at, and the calls that led there.
///
/// A log of level 1 has only the path that ended in the refusal. One of level 2 has all paths: where the verifier goes back
/// to a branch, the calls are again those that there were at the branch.
struct VerifierPath {
  typealias Line = Substring.UTF8View

  /// An instruction that the verifier looked at, with the line of source before it.
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

  /// The instruction that it looked at last.
  private(set) var last: Step?

  /// The calls that led there, the outermost first.
  private(set) var callers: [Step] = []

  /// The global function that it began with.
  private(set) var function: String?

  private var sourceLine: Line?
  private var remarks: [Line] = []
  /// Whether the report has begun that newer kernels, such as 7.3, write behind the reason: it tells the same at length.
  private var isInReport = false
  /// The calls that led to an instruction when it was last looked at.
  private var callersBefore: [Int: [Step]] = [:]

  /// What was said after the last instruction. Of what is said without any instruction the last lines are the reason.
  var reason: String { remarks.suffix(8).map { String(Substring($0)) }.joined(separator: "\n") }

  /// The last line of source that was named.
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
  /// Such as `12: (79) r1 = *(u64 *)(r1 +0)`, behind which the registers may stand.
  private mutating func step(_ index: Int, _ line: Line) {
    let (instruction, state) = VerifierPath.parts(line)
    last = Step(index: index, instruction: instruction, sourceLine: sourceLine)
    callersBefore[index] = callers
    remarks.removeAll(keepingCapacity: true)
    if let state { descend(to: state) }
  }

  /// The instruction, and the registers behind a semicolon, or behind the index of the next one: `goto pc+1 10: R1=0`.
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

  /// How many calls deep registers are: `frame2: R1=0`. Nil if these are no registers.
  private static func depth(_ state: Line) -> Int? {
    if state.first == UInt8(ascii: "R") { return 0 }
    return state.starts(with: "frame".utf8) ? number(state.dropFirst(5), before: ":")?.number : nil
  }
}

// MARK: - Calls

extension VerifierPath {
  /// Follows a line that tells of a call, a return, or of another path or function that is begun; false if it does not.
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

  /// The verifier begins with a function.
  private mutating func begin(_ name: String?) {
    self = VerifierPath()
    function = name
  }

  /// The verifier is as many calls deep as the registers that it prints. A function that is called back is one deeper
  /// without a word about the call.
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
  /// The number that a line begins with, if something follows it, and what comes then.
  private static func number(_ line: Line, before text: String) -> (number: Int, rest: Line)? {
    let digits = line.prefix { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }
    let rest = line[digits.endIndex...]
    guard rest.starts(with: text.utf8), let number = Int(Substring(digits)) else { return nil }
    return (number, rest.dropFirst(text.utf8.count))
  }

  /// Registers, where a call came from, and the statistics that end every log.
  private static func isRemarkOnState(_ line: Line) -> Bool {
    [
      "processed ", "verification time ", "stack depth ", "insns processed ", "callee:",
      "returning from callee:",
      " R", " frame", "cur state:", "old state:", "func#", "mark_precise: ",
    ].contains { line.starts(with: $0.utf8) }
  }
}
