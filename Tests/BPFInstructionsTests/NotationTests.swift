//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import KernelFixtures
import Testing

/// Each form of instruction, compared with the text that the verifier of the running kernel writes for it.
@Suite("Notation of instructions", .kernel)
struct NotationTests {
  typealias Form = (instruction: Instruction, text: String)

  /// Checks our text of each instruction, and that the kernel, given the same bytes, writes it too.
  private func check(_ forms: [Form], after setup: [Instruction] = Self.registers) throws {
    for form in forms { #expect(form.instruction.description == form.text) }
    let program = try Program(
      type: .socketFilter, instructions: setup + forms.map(\.instruction) + [.move(0, to: .r0), .exit],
      license: "GPL", verifierLog: .states)
    let log = try #require(program.verifierLog)
    let theirs = Self.instructions(inLog: log)
    for (index, form) in forms.enumerated() {
      #expect(theirs[setup.count + index] == form.text)
    }
  }

  /// Returns the text of each instruction in a verifier log, by index.
  private static func instructions(inLog log: String) -> [Int: String] {
    var texts: [Int: String] = [:]
    for line in log.split(separator: "\n") {
      guard let colon = line.firstIndex(of: ":"), let index = Int(line[..<colon]),
        line[colon...].hasPrefix(": (")
      else { continue }
      let text = line[line.index(colon, offsetBy: 2)...].prefix { $0 != ";" }
      texts[index] = String(text.reversed().drop { $0 == " " }.reversed())
    }
    return texts
  }

  /// Numbers in all registers, and on the stack.
  private static let registers: [Instruction] = [
    .move(.r1, to: .r6), .move(0, to: .r0), .move(1, to: .r1), .move(2, to: .r2), .move(3, to: .r3),
    .move(4, to: .r4), .move(5, to: .r5), .move(7, to: .r7), .store(0, at: .r10, offset: -8),
    .store(0, at: .r10, offset: -16),
  ]

  @Test("64-bit arithmetic")
  func arithmetic64() throws {
    try check([
      (.move(-5, to: .r1), "(b7) r1 = -5"), (.move(.r1, to: .r2), "(bf) r2 = r1"),
      (.add(3, to: .r1), "(07) r1 += 3"), (.add(.r2, to: .r1), "(0f) r1 += r2"),
      (.subtract(3, from: .r1), "(17) r1 -= 3"), (.subtract(.r2, from: .r1), "(1f) r1 -= r2"),
      (.multiply(.r1, by: 3), "(27) r1 *= 3"), (.multiply(.r1, by: .r2), "(2f) r1 *= r2"),
      (.divide(.r1, by: 3), "(37) r1 /= 3"), (.divide(.r1, by: .r2), "(3f) r1 /= r2"),
      (.remainder(of: .r1, by: 3), "(97) r1 %= 3"), (.remainder(of: .r1, by: .r2), "(9f) r1 %= r2"),
      (.or(3, into: .r1), "(47) r1 |= 3"), (.or(.r2, into: .r1), "(4f) r1 |= r2"),
      (.and(3, into: .r1), "(57) r1 &= 3"), (.and(.r2, into: .r1), "(5f) r1 &= r2"),
      (.xor(3, into: .r1), "(a7) r1 ^= 3"), (.xor(.r2, into: .r1), "(af) r1 ^= r2"),
      (.shiftLeft(.r1, by: 3), "(67) r1 <<= 3"), (.shiftLeft(.r1, by: .r3), "(6f) r1 <<= r3"),
      (.shiftRight(.r1, by: 3), "(77) r1 >>= 3"), (.shiftRight(.r1, by: .r3), "(7f) r1 >>= r3"),
      (.shiftRightSigned(.r1, by: 3), "(c7) r1 s>>= 3"),
      (.shiftRightSigned(.r1, by: .r3), "(cf) r1 s>>= r3"), (.negate(.r1), "(87) r1 = -r1"),
    ])
  }

  @Test("32-bit arithmetic")
  func arithmetic32() throws {
    try check([
      (.move(-5, to: .r1, width: .bits32), "(b4) w1 = -5"),
      (.move(.r2, to: .r1, width: .bits32), "(bc) w1 = w2"),
      (.add(3, to: .r1, width: .bits32), "(04) w1 += 3"),
      (.add(.r2, to: .r1, width: .bits32), "(0c) w1 += w2"),
      (.subtract(.r2, from: .r1, width: .bits32), "(1c) w1 -= w2"),
      (.multiply(.r1, by: 3, width: .bits32), "(24) w1 *= 3"),
      (.divide(.r1, by: .r2, width: .bits32), "(3c) w1 /= w2"),
      (.remainder(of: .r1, by: 3, width: .bits32), "(94) w1 %= 3"),
      (.or(.r2, into: .r1, width: .bits32), "(4c) w1 |= w2"),
      (.and(3, into: .r1, width: .bits32), "(54) w1 &= 3"),
      (.xor(.r2, into: .r1, width: .bits32), "(ac) w1 ^= w2"),
      (.shiftLeft(.r1, by: 3, width: .bits32), "(64) w1 <<= 3"),
      (.shiftRight(.r1, by: .r3, width: .bits32), "(7c) w1 >>= w3"),
      (.shiftRightSigned(.r1, by: 3, width: .bits32), "(c4) w1 s>>= 3"),
      (.negate(.r1, width: .bits32), "(84) w1 = -w1"),
    ])
  }

  @Test("Byte order")
  func byteOrder() throws {
    try check([
      (.convertToBigEndian(.r1, .halfWord), "(dc) r1 = be16 r1"),
      (.convertToBigEndian(.r1, .word), "(dc) r1 = be32 r1"),
      (.convertToBigEndian(.r1, .doubleWord), "(dc) r1 = be64 r1"),
      (.convertToLittleEndian(.r1, .halfWord), "(d4) r1 = le16 r1"),
      (.convertToLittleEndian(.r1, .doubleWord), "(d4) r1 = le64 r1"),
      (.convertToBigEndian(.r1, .byte), "(57) r1 &= 255"),
    ])
  }

  @Test("Loads and stores")
  func memory() throws {
    try check([
      (.store(7, .byte, at: .r10, offset: -1), "(72) *(u8 *)(r10 -1) = 7"),
      (.store(-7, .halfWord, at: .r10, offset: -2), "(6a) *(u16 *)(r10 -2) = -7"),
      (.store(7, .word, at: .r10, offset: -4), "(62) *(u32 *)(r10 -4) = 7"),
      (.store(7, at: .r10, offset: -8), "(7a) *(u64 *)(r10 -8) = 7"),
      (.store(.r1, .byte, at: .r10, offset: -1), "(73) *(u8 *)(r10 -1) = r1"),
      (.store(.r1, .halfWord, at: .r10, offset: -2), "(6b) *(u16 *)(r10 -2) = r1"),
      (.store(.r1, .word, at: .r10, offset: -4), "(63) *(u32 *)(r10 -4) = r1"),
      (.store(.r1, at: .r10, offset: -8), "(7b) *(u64 *)(r10 -8) = r1"),
      (.load(.byte, from: .r10, offset: -1, to: .r1), "(71) r1 = *(u8 *)(r10 -1)"),
      (.load(.halfWord, from: .r10, offset: -2, to: .r1), "(69) r1 = *(u16 *)(r10 -2)"),
      (.load(.word, from: .r10, offset: -4, to: .r1), "(61) r1 = *(u32 *)(r10 -4)"),
      (.load(from: .r10, offset: -8, to: .r1), "(79) r1 = *(u64 *)(r10 -8)"),
      (.load(.word, from: .r6, to: .r1), "(61) r1 = *(u32 *)(r6 +0)"),
      (.loadPacket(.halfWord, at: 12), "(28) r0 = *(u16 *)skb[12]"),
      (.loadPacket(.byte, atRegister: .r7, offset: 2), "(50) r0 = *(u8 *)skb[r7 + 2]"),
    ])
  }

  @Test("Jumps and calls")
  func jumps() throws {
    typealias Comparison = (Register, Operand, OperationWidth) -> Condition
    let comparisons: [(Comparison, opcode: Int, sign: String)] = [
      ({ .equal($0, $1, width: $2) }, 0x10, "=="), ({ .notEqual($0, $1, width: $2) }, 0x50, "!="),
      ({ .hasBits($0, $1, width: $2) }, 0x40, "&"), ({ .greater($0, $1, width: $2) }, 0x20, ">"),
      ({ .greaterOrEqual($0, $1, width: $2) }, 0x30, ">="), ({ .less($0, $1, width: $2) }, 0xa0, "<"),
      ({ .lessOrEqual($0, $1, width: $2) }, 0xb0, "<="),
      ({ .greaterSigned($0, $1, width: $2) }, 0x60, "s>"),
      ({ .greaterOrEqualSigned($0, $1, width: $2) }, 0x70, "s>="),
      ({ .lessSigned($0, $1, width: $2) }, 0xc0, "s<"),
      ({ .lessOrEqualSigned($0, $1, width: $2) }, 0xd0, "s<="),
    ]
    var forms: [Form] = [(.jump(by: 0), "(05) goto pc+0")]
    for (comparison, opcode, sign) in comparisons {
      for (width, group, letter) in [(OperationWidth.bits64, 5, "r"), (.bits32, 6, "w")] {
        let (constant, register) = (String(opcode | group, radix: 16), String(opcode | group | 8, radix: 16))
        forms.append(
          (
            .jump(by: 0, if: comparison(.r1, -2, width)),
            "(\(constant)) if \(letter)1 \(sign) 0xfffffffe goto pc+0"
          )
        )
        forms.append(
          (
            .jump(by: 0, if: comparison(.r1, .r2, width)),
            "(\(register)) if \(letter)1 \(sign) \(letter)2 goto pc+0"
          )
        )
      }
    }
    forms.append((.call(.getPrandomU32), "(85) call bpf_get_prandom_u32#7"))
    try check(forms)
  }

  @Test("Atomic operations", .kernel(since: "5.12"))
  func atomics() throws {
    let operations: [(AtomicOperation, sign: String, name: String)] = [
      (.add, "+=", "add"), (.or, "|=", "or"), (.and, "&=", "and"), (.xor, "^=", "xor"),
    ]
    var forms: [Form] = []
    for (operation, sign, name) in operations {
      forms += [
        (.atomic(operation, .r1, at: .r10, offset: -8), "(db) lock *(u64 *)(r10 -8) \(sign) r1"),
        (
          .atomic(operation, .r1, at: .r10, offset: -4, width: .bits32),
          "(c3) lock *(u32 *)(r10 -4) \(sign) r1"
        ),
        (
          .atomic(operation, .r1, at: .r10, offset: -8, isFetching: true),
          "(db) r1 = atomic64_fetch_\(name)((u64 *)(r10 -8), r1)"
        ),
        (
          .atomic(operation, .r1, at: .r10, offset: -4, isFetching: true, width: .bits32),
          "(c3) r1 = atomic_fetch_\(name)((u32 *)(r10 -4), r1)"
        ),
      ]
    }
    forms += [
      (.exchange(.r2, at: .r10, offset: -8), "(db) r2 = atomic64_xchg((u64 *)(r10 -8), r2)"),
      (.compareAndExchange(.r2, at: .r10, offset: -8), "(db) r0 = atomic64_cmpxchg((u64 *)(r10 -8), r0, r2)"),
      (
        .compareAndExchange(.r2, at: .r10, offset: -4, width: .bits32),
        "(c3) r0 = atomic_cmpxchg((u32 *)(r10 -4), r0, r2)"
      ),
    ]
    try check(forms)
  }

  @Test("cpu v4", .kernel(since: "6.6"))
  func version4() throws {
    try check([
      (.divideSigned(.r1, by: 3), "(37) r1 s/= 3"), (.divideSigned(.r1, by: .r2), "(3f) r1 s/= r2"),
      (.remainderSigned(of: .r1, by: 3), "(97) r1 s%= 3"),
      (.remainderSigned(of: .r1, by: .r2, width: .bits32), "(9c) w1 s%= w2"),
      (.move(signed: .r2, .byte, to: .r1), "(bf) r1 = (s8)r2"),
      (.move(signed: .r2, .halfWord, to: .r1), "(bf) r1 = (s16)r2"),
      (.move(signed: .r2, .word, to: .r1), "(bf) r1 = (s32)r2"),
      (.move(signed: .r2, .byte, to: .r1, width: .bits32), "(bc) w1 = (s8)w2"),
      (.move(signed: .r2, .doubleWord, to: .r1), "(bf) r1 = r2"),
      (.move(signed: .r2, .word, to: .r1, width: .bits32), "(bc) w1 = w2"),
      (.swapBytes(.r1, .halfWord), "(d7) r1 = bswap16 r1"), (.swapBytes(.r1, .word), "(d7) r1 = bswap32 r1"),
      (.swapBytes(.r1, .doubleWord), "(d7) r1 = bswap64 r1"),
      (.loadSigned(.byte, from: .r10, offset: -8, to: .r1), "(91) r1 = *(s8 *)(r10 -8)"),
      (.loadSigned(.halfWord, from: .r10, offset: -8, to: .r1), "(89) r1 = *(s16 *)(r10 -8)"),
      (.loadSigned(.word, from: .r10, offset: -8, to: .r1), "(81) r1 = *(s32 *)(r10 -8)"),
      (.loadSigned(.doubleWord, from: .r10, offset: -8, to: .r1), "(79) r1 = *(u64 *)(r10 -8)"),
      (.longJump(by: 0), "(06) gotol pc+0"),
    ])
  }

  @Test("Loops that may end early", .kernel(since: "6.9"))
  func mayJump() throws { try check([(.mayJump(by: 0), "(e5) may_goto pc+0")]) }

  @Test("Ordered loads and stores", .kernel(since: "6.15"))
  func ordered() throws {
    try check([
      (.storeRelease(.r1, at: .r10, offset: -8), "(db) store_release((u64 *)(r10 -8), r1)"),
      (.loadAcquire(from: .r10, offset: -8, to: .r1), "(db) r1 = load_acquire((u64 *)(r10 -8))"),
      (.loadAcquire(.byte, from: .r10, offset: -8, to: .r1), "(d3) r1 = load_acquire((u8 *)(r10 -8))"),
    ])
  }
}
