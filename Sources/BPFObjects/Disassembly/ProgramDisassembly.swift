//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFInstructions

/// A program of the kernel as text, in the verifier's notation: its instructions, with the functions and the lines of the
/// source that they come from.
///
/// Its description is what `bpftool prog dump xlated` prints:
///
///     int count(struct __sk_buff * skb):
///     ; if (!value)
///        7: (15) if r0 == 0x0 goto pc+3
public struct ProgramDisassembly: Sendable, CustomStringConvertible {
  /// The instructions; both of a 64-bit load make one line.
  public let lines: [Line]

  /// An instruction, with the function or the source line that begins there.
  public struct Line: Sendable, CustomStringConvertible {
    /// The instruction.
    public let instruction: Disassembler.Line

    /// The function that begins with the instruction; nil within a function.
    public let function: ProgramImage.Function?

    /// The source line that begins with the instruction; nil within a line.
    public let source: ProgramImage.SourceLine?

    /// The function's prototype, the source line after a semicolon, and the instruction: one to three lines of text.
    public var description: String {
      var parts: [String] = []
      if let function, !function.prototype.isEmpty { parts.append(function.prototype + ":") }
      if let source {
        let text = source.text.drop { $0 == " " || $0 == "\t" }
        if !text.isEmpty { parts.append("; \(text)") }
      }
      return (parts + ["\(instruction)"]).joined(separator: "\n")
    }
  }

  /// All lines.
  public var description: String { lines.map(\.description).joined(separator: "\n") }

  /// The form in which a disassembly names maps and functions.
  @nonexhaustive
  public enum Notation: Sendable, Hashable {
    /// By their names: `r1 = map[hits]`, `call pc+12#square`.
    case named
    /// As bpftool does: maps by their ids, and the program's functions by the kernel's symbols: `r1 = map[id:12]`,
    /// `call pc+12#bpf_prog_6deef7357e7b4530_square`.
    case bpftool
  }

  init(_ image: ProgramImage, by disassembler: Disassembler) {
    var functions: [Int: ProgramImage.Function] = [:]
    for function in image.functions {
      if let index = function.instruction { functions[index] = functions[index] ?? function }
    }
    let sources = Dictionary(image.sourceLines.map { ($0.instruction, $0) }) { first, _ in first }
    lines = disassembler.lines(image.instructions).map { line in
      Line(instruction: line, function: functions[line.index], source: sources[line.index])
    }
  }
}
