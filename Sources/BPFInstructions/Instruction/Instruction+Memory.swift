//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

// Loads and stores: RFC 9669, section 5.

extension InstructionConvertible {
  /// `register = *(size *)(address + offset)`: loads a number from memory and sets the register's other bytes to zero.
  ///
  /// - Parameters:
  ///   - size: the bytes to load.
  ///   - address: the register with the address.
  ///   - offset: the distance from the address, in bytes.
  ///   - register: the register for the number.
  public static func load(
    _ size: AccessSize = .doubleWord, from address: Register, offset: Int16 = 0, to register: Register
  ) -> Self {
    Self(
      Instruction(
        opcode: Instruction.Mode.plain | size.opcodeBits | Instruction.Group.load.rawValue,
        destination: register.rawValue, source: address.rawValue, offset: offset))
  }

  /// `register = *(signed size *)(address + offset)`: loads a number from memory and extends its sign.
  ///
  /// Linux 6.6, cpu v4. Eight bytes have nothing to extend: that is a plain load, which each kernel has.
  ///
  /// - Parameters:
  ///   - size: the bytes to load.
  ///   - address: the register with the address.
  ///   - offset: the distance from the address, in bytes.
  ///   - register: the register for the number.
  public static func loadSigned(
    _ size: AccessSize, from address: Register, offset: Int16 = 0, to register: Register
  ) -> Self {
    guard size != .doubleWord else { return .load(from: address, offset: offset, to: register) }
    return Self(
      Instruction(
        opcode: Instruction.Mode.signExtending | size.opcodeBits | Instruction.Group.load.rawValue,
        destination: register.rawValue, source: address.rawValue, offset: offset))
  }

  /// `*(size *)(address + offset) = operand`: stores a register's lowest bytes, or a constant, in memory.
  ///
  /// - Parameters:
  ///   - operand: the number.
  ///   - size: the bytes to store.
  ///   - address: the register with the address.
  ///   - offset: the distance from the address, in bytes.
  public static func store(
    _ operand: Operand, _ size: AccessSize = .doubleWord, at address: Register, offset: Int16 = 0
  ) -> Self {
    let group: Instruction.Group = operand.register == nil ? .storeConstant : .store
    return Self(
      Instruction(
        opcode: Instruction.Mode.plain | size.opcodeBits | group.rawValue, destination: address.rawValue,
        source: operand.register?.rawValue ?? 0, offset: offset, immediate: operand.constant))
  }
}

// MARK: - Packets

extension InstructionConvertible {
  /// `r0 = *(size *)skb[offset]`: loads a number of network byte order from a packet. Returns 0 from the program if the
  /// packet is too short.
  ///
  /// Only for programs on socket buffers, with the context in `r6`. Overwrites `r1` to `r5`. RFC 9669 deprecates it.
  ///
  /// - Parameters:
  ///   - size: the bytes to load: at most a word, which eight bytes count as.
  ///   - offset: the distance from the packet's start, in bytes.
  public static func loadPacket(_ size: AccessSize, at offset: Int32) -> Self {
    Self(
      Instruction(
        opcode: Instruction.Mode.packetAbsolute | size.inPackets, immediate: offset))
  }

  /// `r0 = *(size *)skb[register + offset]`: like loadPacket(_:at:), from the register's distance.
  public static func loadPacket(_ size: AccessSize, atRegister register: Register, offset: Int32 = 0) -> Self
  {
    Self(
      Instruction(
        opcode: Instruction.Mode.packetIndirect | size.inPackets, source: register.rawValue, immediate: offset
      ))
  }
}

extension AccessSize {
  /// The bits of the opcode of a load from a packet.
  fileprivate var inPackets: UInt8 { self == .doubleWord ? AccessSize.word.opcodeBits : opcodeBits }
}

// MARK: - 64-bit constants

extension Instruction {
  /// The two instructions of `register = constant`, for a constant of 64 bits.
  public static func load(constant: UInt64, to register: Register) -> [Instruction] {
    load(
      0, Int32(truncatingIfNeeded: constant), Int32(truncatingIfNeeded: constant >> 32), to: register.rawValue
    )
  }

  /// Both halves of a 64-bit load.
  ///
  /// - Parameters:
  ///   - pseudo: the meaning of the numbers, of `Pseudo`.
  ///   - low: the lower half of the constant.
  ///   - high: its upper half.
  package static func load(_ pseudo: UInt8, _ low: Int32, _ high: Int32, to register: UInt8) -> [Instruction]
  {
    [
      Instruction(opcode: Opcode.wideLoad, destination: register, source: pseudo, immediate: low),
      Instruction(opcode: 0, immediate: high),
    ]
  }
}
