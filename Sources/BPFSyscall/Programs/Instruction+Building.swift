//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

// The instructions that the library itself writes. RFC 9669, sections 4 and 5.

extension Instruction {
  /// The opcodes, with their names in `include/linux/filter.h` of the kernel.
  package enum Opcode {
    /// The first half of a 64-bit load: `BPF_LD_IMM64`.
    package static let wideLoad: UInt8 = 0x18
    /// A call by number of a helper, a subprogram or a kfunc: `BPF_JMP | BPF_CALL`.
    package static let call: UInt8 = 0x85
    /// `BPF_EXIT_INSN`.
    static let exit: UInt8 = 0x95
    /// `BPF_MOV64_IMM`.
    static let move: UInt8 = 0xb7
    /// `BPF_MOV64_REG`.
    static let moveRegister: UInt8 = 0xbf
    /// `BPF_ALU64_IMM(BPF_ADD)`.
    static let add: UInt8 = 0x07
    /// `BPF_ST_MEM(BPF_DW)`.
    static let store: UInt8 = 0x7a
    /// `BPF_ATOMIC_OP(BPF_DW)`.
    static let atomic: UInt8 = 0xdb
  }

  /// `exit`
  package static let exit = Instruction(opcode: Opcode.exit)

  /// `call` of a helper by its number in `enum bpf_func_id`.
  package static func call(helper number: Int32) -> Instruction {
    Instruction(opcode: Opcode.call, immediate: number)
  }

  /// `register = constant`
  package static func move(_ constant: Int32, to register: UInt8) -> Instruction {
    Instruction(opcode: Opcode.move, destination: register, immediate: constant)
  }

  /// `register = source`
  static func move(register source: UInt8, to register: UInt8) -> Instruction {
    Instruction(opcode: Opcode.moveRegister, destination: register, source: source)
  }

  /// `register += constant`
  static func add(_ constant: Int32, to register: UInt8) -> Instruction {
    Instruction(opcode: Opcode.add, destination: register, immediate: constant)
  }

  /// `*(u64 *)(register + offset) = constant`
  static func store(_ constant: Int32, at register: UInt8, offset: Int16 = 0) -> Instruction {
    Instruction(opcode: Opcode.store, destination: register, offset: offset, immediate: constant)
  }

  /// `source = atomic_fetch_add((u64 *)(register + offset), source)`
  static func fetchAndAdd(register source: UInt8, at register: UInt8, offset: Int16) -> Instruction {
    let fetch: Int32 = 1
    return Instruction(
      opcode: Opcode.atomic, destination: register, source: source, offset: offset, immediate: fetch)
  }

  /// Both halves of a 64-bit load.
  ///
  /// - Parameters:
  ///   - pseudo: the meaning of the numbers, of ``Pseudo``.
  ///   - low: the lower half of the constant.
  ///   - high: its upper half.
  static func wideLoad(_ pseudo: UInt8, _ low: Int32, _ high: Int32, to register: UInt8) -> [Instruction] {
    [
      Instruction(opcode: Opcode.wideLoad, destination: register, source: pseudo, immediate: low),
      Instruction(opcode: 0, immediate: high),
    ]
  }

  /// `r0 = 0; exit`, the smallest program.
  package static let returnZero = [Instruction.move(0, to: 0), .exit]

  /// The stack pointer: register 10.
  static let stackPointer: UInt8 = 10
}
