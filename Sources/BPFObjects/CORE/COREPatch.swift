//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

package import BPFInstructions
internal import BPFSyscall
internal import BTF

/// The change that a relocation makes to an instruction.
struct COREPatch {
  /// The value in the object's own types, which the instruction holds.
  let original: COREAnswer

  /// The value in the kernel's types.
  let value: UInt64

  /// The change of the access size of loads and stores.
  let access: Access

  /// The change of an access to a field whose size differs from the object's.
  enum Access: Equatable {
    case same
    /// Both fields are pointers, or integers of the same signedness.
    case resized(from: Int, to: Int, isSigned: Bool)
    case impossible(from: Int, to: Int)
    /// Candidates have different fields at the offset; a list of them.
    case ambiguous(String)
  }

  /// An error: the instruction does not match the relocation.
  struct Mismatch: Error {
    let reason: String
  }
}

// MARK: - Patching

extension COREPatch {
  /// Patches the instruction at an index, which must be in bounds.
  ///
  /// - Returns: nil on success; the obstacle if the instruction cannot hold the value. It is then unchanged.
  /// - Throws: if the instruction does not hold the compiler's value, or is of a kind that holds no value.
  func apply(to instructions: inout [Instruction], at index: Int) throws(Mismatch) -> COREObstacle? {
    switch instructions[index].group {
    case .arithmetic, .arithmetic64: return try patchConstant(in: &instructions[index])
    case .load, .storeConstant, .store: return try patchAccess(in: &instructions[index])
    case .loadConstant: return try patchLongConstant(in: &instructions, at: index)
    case .jump, .jump32:
      throw Mismatch(reason: "a jump or call (opcode \(instructions[index].opcode)) holds no such number")
    }
  }

  private func check(_ held: Int64, isHeld: Bool) throws(Mismatch) {
    guard original.isFirm, !isHeld else { return }
    throw Mismatch(
      reason: "the instruction holds \(held) where the compiler's own layout says \(original.value)")
  }

  private func patchConstant(in instruction: inout Instruction) throws(Mismatch) -> COREObstacle? {
    guard !instruction.hasRegisterOperand else {
      throw Mismatch(
        reason: "an instruction on two registers (opcode \(instruction.opcode)) has no immediate to patch")
    }
    let held = UInt64(bitPattern: Int64(instruction.immediate))
    // 64-bit arithmetic sign-extends its immediate; 32-bit arithmetic zeroes the upper half.
    let width = instruction.group == .arithmetic ? 32 : original.bitCount
    try check(Int64(instruction.immediate), isHeld: held.lowest(width) == original.value.lowest(width))
    let constant = Int32(truncatingIfNeeded: value)
    let isWhole = UInt64(bitPattern: Int64(constant)) == value
    guard isWhole || (instruction.group == .arithmetic && value <= UInt32.max) else {
      return .tooLarge(value)
    }
    instruction.immediate = constant
    return nil
  }

  private func patchLongConstant(
    in instructions: inout [Instruction], at index: Int
  ) throws(Mismatch) -> COREObstacle? {
    let first = instructions[index]
    guard first.isWideLoad, first.source == 0, first.offset == 0, index + 1 < instructions.count else {
      throw Mismatch(reason: "opcode \(first.opcode) with source \(first.source) is not a load of a constant")
    }
    let second = instructions[index + 1]
    guard second == Instruction(opcode: 0, immediate: second.immediate) else {
      throw Mismatch(reason: "the second half of the constant is an instruction of its own")
    }
    let held =
      UInt64(UInt32(bitPattern: first.immediate)) | UInt64(UInt32(bitPattern: second.immediate)) << 32
    try check(
      Int64(bitPattern: held),
      isHeld: held.lowest(original.bitCount) == original.value.lowest(original.bitCount))
    instructions[index].immediate = Int32(truncatingIfNeeded: value)
    instructions[index + 1].immediate = Int32(truncatingIfNeeded: value >> 32)
    return nil
  }

  private func patchAccess(in instruction: inout Instruction) throws(Mismatch) -> COREObstacle? {
    let held = Int64(instruction.offset)
    try check(held, isHeld: UInt64(bitPattern: held) == original.value)
    guard let offset = Int16(exactly: value) else { return .tooLarge(value) }
    switch access {
    case .same: break
    case .impossible(let size, let newSize): return .resized(from: size, to: newSize)
    case .ambiguous(let list): return .disagreement(list)
    case .resized(let size, let newSize, let isSigned):
      guard instruction.accessedByteCount == size,
        let opcode = instruction.opcode(accessing: newSize, isSigned: isSigned)
      else { return .resized(from: size, to: newSize) }
      instruction.opcode = opcode
    }
    instruction.offset = offset
    return nil
  }
}

extension COREPatch.Access {
  /// Returns the access change for a field that has another type in the kernel.
  init(local: BTFType?, target: BTFType?) {
    guard let local, let target, let size = local.byteCount, let newSize = target.byteCount, size != newSize
    else {
      self = .same
      return
    }
    self = .impossible(from: size, to: newSize)
    if local.kind == .pointer, target.kind == .pointer {
      self = .resized(from: size, to: newSize, isSigned: false)
    } else if let sign = local.integer?.isSigned, sign == target.integer?.isSigned {
      self = .resized(from: size, to: newSize, isSigned: sign)
    }
  }
}

extension UInt64 {
  /// Returns the lowest bits of the number, up to 64.
  fileprivate func lowest(_ count: Int) -> UInt64 { count >= 64 ? self : self & (1 << UInt64(count) - 1) }
}

// MARK: - Poison

extension Instruction {
  /// The invalid helper number that poisoned instructions call, "bad relo" in hexadecimal. The verifier reports
  /// "invalid func unknown#195896080". All loaders use the same number.
  package static let poisonNumber: Int32 = 0xbad_2310

  /// The poisoned instruction. It does no harm if it is unreachable.
  static let poison = Instruction.call(Helper(rawValue: UInt32(poisonNumber)))
}

extension [Instruction] {
  /// Poisons the instruction at an index, with both halves of a 64-bit load, so that the verifier rejects it.
  mutating func poison(at index: Int) {
    if self[index].isWideLoad, index + 1 < count { self[index + 1] = .poison }
    self[index] = .poison
  }
}
