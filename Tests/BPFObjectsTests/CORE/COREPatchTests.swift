//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPFInstructions
import BTF
import KernelFixtures
import Testing

@testable import BPFObjects
import BPFSyscall

/// Patches of each kind of instruction, with numbers that fit and that do not.
@Suite("CO-RE: instructions", .notEmulated(.asksNoKernel))
struct COREPatchTests {
  /// Patches instructions. Returns the result, or the obstacle to it.
  static func patch(
    _ instructions: Instruction..., from original: UInt64, to value: UInt64, access: COREPatch.Access = .same,
    isFirm: Bool = true, bitCount: Int = 64
  ) throws -> (instructions: [Instruction], obstacle: COREObstacle?) {
    var patched = instructions
    let patch = COREPatch(
      original: COREAnswer(value: original, isFirm: isFirm, bitCount: bitCount), value: value, access: access)
    let obstacle = try patch.apply(to: &patched, at: 0)
    if obstacle != nil { #expect(patched == instructions) }
    return (patched, obstacle)
  }

  static func mismatch(
    _ instructions: Instruction..., from original: UInt64 = 0
  ) -> String {
    var patched = instructions
    let patch = COREPatch(original: COREAnswer(value: original), value: 1, access: .same)
    do throws(COREPatch.Mismatch) {
      let obstacle = try patch.apply(to: &patched, at: 0)
      return "patched, \(String(describing: obstacle))"
    } catch {
      #expect(patched == instructions)
      return error.reason
    }
  }

  @Test(
    "Patches 64-bit and 32-bit immediates", arguments: [0xb7, 0x07, 0x67, 0xb4, 0x04] as [UInt8])
  func constants(opcode: UInt8) throws {
    let patched = try Self.patch(Instruction(opcode: opcode, destination: 3, immediate: 16), from: 16, to: 24)
    #expect(patched.instructions == [Instruction(opcode: opcode, destination: 3, immediate: 24)])
    let negative = try Self.patch(
      Instruction(opcode: opcode, immediate: -5), from: UInt64(bitPattern: -5), to: UInt64(bitPattern: -9))
    #expect(negative.instructions.first?.immediate == -9)
    let large = try Self.patch(Instruction(opcode: opcode, immediate: 0), from: 0, to: 0xffff_fff0)
    #expect((large.obstacle == nil) == (opcode & 7 == 4))
    #expect(try Self.patch(Instruction(opcode: opcode, immediate: 0), from: 0, to: 1 << 32).obstacle != nil)
  }

  @Test("Patches both halves of 64-bit constants")
  func longConstants() throws {
    let load = Instruction(opcode: 0x18, destination: 2, immediate: -16)
    let patched = try Self.patch(
      load, Instruction(opcode: 0, immediate: 0x12), from: 0x12_ffff_fff0, to: 0xfedc_ba98_7654_3210)
    #expect(
      patched.instructions == [
        Instruction(opcode: 0x18, destination: 2, immediate: 0x7654_3210),
        Instruction(opcode: 0, immediate: Int32(bitPattern: 0xfedc_ba98)),
      ])
    // The sign of a 32-bit enumeration may be unknown.
    #expect(
      try Self.patch(load, Instruction(opcode: 0, immediate: -1), from: 0xffff_fff0, to: 1, bitCount: 32)
        .instructions.map(\.immediate) == [1, 0])
  }

  @Test(
    "Patches offsets of loads and stores of the same size",
    arguments: [0x61, 0x69, 0x71, 0x79, 0x91, 0x62, 0x63, 0x7b])
  func offsets(opcode: UInt8) throws {
    let instruction = Instruction(opcode: opcode, destination: 1, source: 2, offset: 16, immediate: 7)
    var expected = instruction
    expected.offset = 24
    #expect(try Self.patch(instruction, from: 16, to: 24).instructions == [expected])
    #expect(try Self.patch(instruction, from: 16, to: 32767).obstacle == nil)
    #expect(try Self.patch(instruction, from: 16, to: 32768).obstacle != nil)
    #expect(try Self.patch(instruction, from: 16, to: .max).obstacle != nil)
  }

  @Test(
    "Resizes loads and stores",
    arguments: [
      // Old size, new size, whether signed, and the opcodes before and after, or 0 if none is correct.
      (4, 8, false, 0x61, 0x79), (8, 4, false, 0x79, 0x61), (8, 2, false, 0x79, 0x69),
      (4, 1, false, 0x61, 0x71),
      (4, 8, false, 0x63, 0x7b), (2, 1, false, 0x6a, 0x72), (4, 8, false, 0x62, 0x7a),
      (4, 3, false, 0x61, 0), (4, 16, false, 0x61, 0), (2, 4, false, 0x61, 0),
      (4, 8, true, 0x61, 0), (4, 8, true, 0x63, 0),
      (2, 4, true, 0x89, 0x81), (4, 1, true, 0x81, 0x91), (4, 8, true, 0x81, 0x79), (2, 4, false, 0x89, 0),
      (4, 8, false, 0xc3, 0xdb), (8, 2, false, 0xdb, 0),
    ] as [(Int, Int, Bool, UInt8, UInt8)])
  func sizes(size: Int, newSize: Int, isSigned: Bool, opcode: UInt8, expected: UInt8) throws {
    let patched = try Self.patch(
      Instruction(opcode: opcode, offset: 8), from: 8, to: 12,
      access: .resized(from: size, to: newSize, isSigned: isSigned))
    #expect((patched.obstacle != nil) == (expected == 0))
    if expected != 0 { #expect(patched.instructions == [Instruction(opcode: expected, offset: 12)]) }
  }

  @Test("An impossible size affects only loads and stores")
  func impossibleSizes() throws {
    let access = COREPatch.Access.impossible(from: 4, to: 8)
    #expect(try Self.patch(Instruction(opcode: 0x61), from: 0, to: 8, access: access).obstacle != nil)
    #expect(try Self.patch(Instruction(opcode: 0xb7), from: 0, to: 8, access: access).obstacle == nil)
  }

  @Test("Rejects an instruction without the compiler's own number")
  func mismatches() throws {
    let reason = "the instruction holds 24 where the compiler's own layout says 16"
    #expect(Self.mismatch(Instruction(opcode: 0xb7, immediate: 24), from: 16) == reason)
    #expect(Self.mismatch(Instruction(opcode: 0x61, offset: 24), from: 16) == reason)
    #expect(
      Self.mismatch(Instruction(opcode: 0x18, immediate: 24), Instruction(opcode: 0), from: 16) == reason)
    #expect(
      Self.mismatch(Instruction(opcode: 0x18, immediate: 16), Instruction(opcode: 0, immediate: 1), from: 16)
        .contains("holds 4294967312"))
    // The load of a bit-field and the ID of a type are not compared.
    #expect(
      try Self.patch(Instruction(opcode: 0xb7, immediate: 24), from: 16, to: 1, isFirm: false)
        .instructions.first?.immediate == 1)
  }

  @Test("Rejects instructions without an immediate or offset")
  func wrongInstructions() {
    #expect(Self.mismatch(Instruction(opcode: 0xbf)).contains("two registers"))
    #expect(Self.mismatch(Instruction(opcode: 0x85)).contains("a jump or call"))
    #expect(Self.mismatch(Instruction(opcode: 0x16)).contains("a jump or call"))
    #expect(Self.mismatch(Instruction(opcode: 0x20)).contains("not a load of a constant"))
    #expect(Self.mismatch(Instruction(opcode: 0x18)).contains("not a load of a constant"))
    #expect(Self.mismatch(Instruction(opcode: 0x18, source: 1), Instruction(opcode: 0)).contains("source 1"))
    #expect(
      Self.mismatch(Instruction(opcode: 0x18), Instruction(opcode: 0xb7)).contains("instruction of its own"))
  }
}
