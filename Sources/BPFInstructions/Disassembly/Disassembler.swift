//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// Writes instructions as text, in the notation of the verifier's log and of bpftool.
///
/// ```swift
/// for line in Disassembler().lines([.move(2, to: .r0), .exit]) { print(line) }
/// //    0: (b7) r0 = 2
/// //    1: (95) exit
/// ```
///
/// To disassemble a program of the kernel with its names, use `Program.disassembly()` of the module BPFObjects.
public struct Disassembler: Sendable {
  /// Returns the name of the function that an instruction calls; nil if it is not known. Not called for helpers that are
  /// called by their number.
  ///
  /// For a call of the program's own function, returns the text after `call pc`; nil to write the distance.
  public var callName: @Sendable (_ call: Instruction) -> String?

  /// Returns the text for the constant of a 64-bit load, such as a map's name; nil to write the number.
  public var constantName: @Sendable (_ load: Instruction, _ constant: UInt64) -> String?

  /// Creates a disassembler that knows no names but those of helpers.
  public init() {
    callName = { _ in nil }
    constantName = { _, _ in nil }
  }

  /// An instruction as text.
  public struct Line: Sendable, Hashable, CustomStringConvertible {
    /// The index of the instruction.
    public let index: Int

    /// The instruction; of a 64-bit load, the first.
    public let instruction: Instruction

    /// The instruction as text, with its opcode in parentheses, such as `(b7) r0 = 2`.
    public let text: String

    /// The index, padded to four characters, and the text.
    public var description: String {
      let number = String(index)
      return String(repeating: " ", count: max(4 - number.count, 0)) + "\(number): \(text)"
    }
  }

  /// Disassembles a list of instructions. Both instructions of a 64-bit load make one line.
  public func lines(_ instructions: [Instruction]) -> [Line] {
    var lines: [Line] = []
    lines.reserveCapacity(instructions.count)
    var index = 0
    while index < instructions.count {
      let instruction = instructions[index]
      let next = index + 1 < instructions.count ? instructions[index + 1] : nil
      lines.append(Line(index: index, instruction: instruction, text: text(instruction, next)))
      index += instruction.isWideLoad ? 2 : 1
    }
    return lines
  }

  /// Disassembles an instruction.
  ///
  /// - Parameters:
  ///   - instruction: the instruction.
  ///   - next: the one after it, which has the upper half of the constant of a 64-bit load.
  public func text(_ instruction: Instruction, _ next: Instruction? = nil) -> String {
    let opcode = (instruction.opcode < 16 ? "0" : "") + String(instruction.opcode, radix: 16)
    let text =
      switch instruction.group {
      case .arithmetic, .arithmetic64: instruction.arithmeticText
      case .loadConstant: loadText(instruction, next)
      case .load: instruction.loadText
      case .storeConstant: instruction.storeConstantText
      case .store: instruction.storeText
      case .jump, .jump32: jumpText(instruction)
      }
    return text.map { "(\(opcode)) \($0)" } ?? "BUG_\(instruction.group.bugName)\(opcode)"
  }

  private func loadText(_ instruction: Instruction, _ next: Instruction?) -> String? {
    let size = instruction.accessSize
    switch instruction.mode {
    case Instruction.Mode.packetAbsolute: return "r0 = *(\(size.typeName) *)skb[\(instruction.immediate)]"
    case Instruction.Mode.packetIndirect:
      return "r0 = *(\(size.typeName) *)skb[r\(instruction.source) + \(instruction.immediate)]"
    case Instruction.Mode.constant where size == .doubleWord:
      let constant =
        UInt64(UInt32(bitPattern: instruction.immediate))
        | UInt64(UInt32(bitPattern: next?.immediate ?? 0)) << 32
      let name = constantName(instruction, constant) ?? "0x" + String(constant, radix: 16)
      return "r\(instruction.destination) = \(name)"
    default: return nil
    }
  }

  private func jumpText(_ instruction: Instruction) -> String? {
    guard instruction.operation != 8 else { return callText(instruction) }
    let letter = instruction.group == .jump32 ? "w" : "r"
    switch instruction.opcode {
    case Instruction.Opcode.jump: return "goto pc\(instruction.offset.signed)"
    case Instruction.Opcode.registerJump: return "gotox r\(instruction.destination)"
    case Instruction.Opcode.longJump: return "gotol pc\(instruction.immediate.signed)"
    case Instruction.Opcode.conditionalJump where instruction.source == 0:
      return "may_goto pc\(instruction.offset.signed)"
    case Instruction.Opcode.exit: return "exit"
    default:
      guard let comparison = instruction.comparison else { return nil }
      let operand =
        instruction.hasRegisterOperand
        ? "\(letter)\(instruction.source)"
        : "0x" + String(UInt32(bitPattern: instruction.immediate), radix: 16)
      return
        "if \(letter)\(instruction.destination) \(comparison) \(operand) goto pc\(instruction.offset.signed)"
    }
  }

  private func callText(_ instruction: Instruction) -> String {
    if instruction.source == Instruction.Pseudo.call {
      return "call pc\(callName(instruction) ?? instruction.immediate.signed)"
    }
    let isKernelFunction = instruction.source == Instruction.Pseudo.kernelFunctionCall
    let name =
      instruction.helperName ?? callName(instruction) ?? (isKernelFunction ? "kernel-function" : "unknown")
    return "call \(name)#\(instruction.immediate)"
  }
}
