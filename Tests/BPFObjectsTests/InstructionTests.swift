//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPFObjects
import Testing

@Suite("Instructions")
struct InstructionTests {
  @Test("A register's number is of four bits")
  func registerNumbers() {
    let move = Instruction(opcode: 0xbf, destination: 0x11, source: 0xf2)
    #expect(move.destination == 1)
    #expect(move.source == 2)
  }
}
