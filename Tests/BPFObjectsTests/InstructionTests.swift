//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPFInstructions
import ELF
import Testing

@testable import BPFObjects
import BPFSyscall

@Suite("Instructions")
struct InstructionTests {
  @Test("A register number has four bits")
  func registerNumbers() {
    let move = Instruction(opcode: 0xbf, destination: 0x11, source: 0xf2)
    #expect(move.destination == 1)
    #expect(move.source == 2)
  }

  @Test("Decodes instructions in either byte order")
  func byteOrders() throws {
    let isMachineLittle = UInt16(littleEndian: 1) == 1
    let little: [UInt8] = [0x95, 0, 0, 0, 0, 0, 0, 0, 0x85, 0x21, 0xfe, 0xff, 4, 3, 2, 1]
    let big: [UInt8] = [0x95, 0, 0, 0, 0, 0, 0, 0, 0x85, 0x12, 0xff, 0xfe, 1, 2, 3, 4]
    let call = Instruction(opcode: 0x85, destination: 1, source: 2, offset: -2, immediate: 0x0102_0304)
    for (bytes, isSwapped) in [(little, !isMachineLittle), (big, isMachineLittle)] {
      let list = try #require(InstructionList(ByteReader(bytes, isSwapped: isSwapped)))
      #expect(Array(list) == [Instruction(opcode: 0x95), call])
      #expect(list.opcode(at: 1) == 0x85)
    }
    #expect(InstructionList(ByteReader(Array(little.dropLast()), isSwapped: false)) == nil)
  }
}
