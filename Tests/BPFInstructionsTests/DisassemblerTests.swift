//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPFInstructions
import Testing

@Suite("Disassembler")
struct DisassemblerTests {
  @Test("Both halves of a 64-bit load make one line")
  func wideLoads() {
    let code = Instruction.load(constant: 0x12_3456_789a, to: .r3) + [.exit]
    let lines = Disassembler().lines(code)
    #expect(lines.map(\.description) == ["   0: (18) r3 = 0x123456789a", "   2: (95) exit"])
    // The second half is missing.
    #expect(Disassembler().lines([code[0]]).map(\.text) == ["(18) r3 = 0x3456789a"])
  }

  @Test("Names come from the caller")
  func names() {
    var disassembler = Disassembler()
    disassembler.callName = { $0.source == 1 ? "+2#next" : nil }
    disassembler.constantName = { load, constant in load.source == 1 ? "map[id:\(constant)]" : nil }
    let code: [Instruction] =
      [Instruction(opcode: 0x18, destination: 1, source: 1, immediate: 7), Instruction(opcode: 0)]
      + [.call(functionBy: 2), .call(.mapLookupElem), .call(Helper(rawValue: 9999))]
    #expect(
      disassembler.lines(code).map(\.text) == [
        "(18) r1 = map[id:7]", "(85) call pc+2#next", "(85) call bpf_map_lookup_elem#1",
        "(85) call unknown#9999",
      ])
    // The number of a kfunc is not that of a helper.
    let kfunc = Instruction(opcode: 0x85, source: 2, immediate: 25)
    #expect(kfunc.description == "(85) call kernel-function#25")
    disassembler.callName = { _ in "bpf_cpumask_create" }
    #expect(disassembler.lines([kfunc]).map(\.text) == ["(85) call bpf_cpumask_create#25"])
    #expect(Instruction.call(functionBy: -3).description == "(85) call pc-3")
  }

  @Test("Each opcode has a text", arguments: [0, 1, 2, 15] as [UInt8])
  func everyOpcode(source: UInt8) {
    for opcode in UInt8.min...UInt8.max {
      for offset in [0, 1, -1, 8] as [Int16] {
        let instruction = Instruction(
          opcode: opcode, destination: 15, source: source, offset: offset, immediate: .min)
        let hex = (opcode < 16 ? "0" : "") + String(opcode, radix: 16)
        #expect(instruction.description.contains(hex))
      }
    }
    #expect(Instruction(opcode: 0xe7).description == "BUG_alu64_e7")
    #expect(Instruction(opcode: 0x1c, destination: 1, source: 2, offset: 5).description == "(1c) w1 -= w2")
    #expect(Instruction(opcode: 0x0d, destination: 4).description == "(0d) gotox r4")
    #expect(
      Instruction(opcode: 0xbf, destination: 1, source: 2, offset: 1, immediate: 1 << 16).description
        == "(bf) r1 = addr_space_cast(r2, 1, 0)")
    #expect(Instruction(opcode: 0xc2).description == "(c2) nospec")
  }
}
