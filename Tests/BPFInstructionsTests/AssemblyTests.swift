//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPFInstructions
import Testing

@Suite("Assembly")
struct AssemblyTests {
  @Test("Labels become distances, over 64-bit loads and backward")
  func labels() throws {
    let code: Assembly = [
      .label("start"),
      .jump(to: "end", if: .equal(.r1, 0)),
      .load(constant: 0xffff_ffff_ffff_fff0, to: .r2),
      .jump(to: "start"),
      .longJump(to: "start"),
      .mayJump(to: "end"),
      .call(function: "end"),
      .load(function: "end", to: .r2),
      .label("end"), .label("alias"),
      .exit,
    ]
    let instructions = try code.instructions()
    #expect(
      Disassembler().lines(instructions).map(\.description) == [
        "   0: (15) if r1 == 0x0 goto pc+8", "   1: (18) r2 = 0xfffffffffffffff0", "   3: (05) goto pc-4",
        "   4: (06) gotol pc-5", "   5: (e5) may_goto pc+3", "   6: (85) call pc+2", "   7: (18) r2 = 0x1",
        "   9: (95) exit",
      ])
    #expect(instructions[7].source == 4)
    #expect(code.map(\.instructionCount).reduce(0, +) == instructions.count)
  }

  @Test("Errors name the label and the statement")
  func errors() {
    func error(_ code: Assembly) -> AssemblyError? {
      #expect(throws: AssemblyError.self) { try code.instructions() }
    }
    let undefined = error([.label("a"), .label("b"), .exit, .jump(to: "c")])
    #expect(undefined?.code == .undefinedLabel && undefined?.label == "c" && undefined?.statement == 3)
    #expect(
      undefined?.description
        == "statement 3 refers to the label 'c', which is not defined; the labels are 'a', 'b'")
    #expect(error([.call(function: "f")])?.description.hasSuffix("there are no labels") == true)
    #expect(error([.label("a"), .exit, .label("a")])?.code == .duplicateLabel)
    #expect(error([.jump(to: "a"), .label("a")])?.code == .labelAtEnd)
  }

  @Test("A jump reaches 16 bits, a long one 32")
  func distances() throws {
    func code(_ count: Int, _ jump: Statement, isForward: Bool) -> Assembly {
      let filling = [Statement](repeating: .move(0, to: .r0), count: count)
      return isForward
        ? Assembly([jump] + filling + [.label("x"), .exit]) : Assembly([.label("x")] + filling + [jump])
    }
    #expect(try code(32767, .jump(to: "x"), isForward: true).instructions()[0].offset == 32767)
    #expect(try code(32767, .jump(to: "x"), isForward: false).instructions()[32767].offset == -32768)
    for (count, isForward) in [(32768, true), (32768, false)] {
      let error = #expect(throws: AssemblyError.self) {
        try code(count, .jump(to: "x", if: .less(.r0, .r1)), isForward: isForward).instructions()
      }
      #expect(error?.code == .jumpTooFar && error?.description.contains("use longJump(to:)") == true)
    }
    #expect(try code(40000, .longJump(to: "x"), isForward: true).instructions()[0].immediate == 40000)
  }

  @Test("An assembly is a collection that grows")
  func collection() throws {
    var code = Assembly()
    code.append(.move(1, to: .r0))
    for _ in 0..<3 { code.append(.add(.r0, to: .r0)) }
    code += [.exit]
    code[0] = .move(2, to: .r0)
    code.removeLast()
    code.append(.exit)
    #expect(code.count == 5)
    #expect(
      try code.instructions() == [
        .move(2, to: .r0), .add(.r0, to: .r0), .add(.r0, to: .r0), .add(.r0, to: .r0), .exit,
      ])
    #expect(try Assembly([Instruction.exit]).instructions() == [.exit])
  }
}
