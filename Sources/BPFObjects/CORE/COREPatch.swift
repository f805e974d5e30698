//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BTF

/// What becomes of an instruction that a relocation is about.
struct COREPatch {
  /// What the compiler came to, and the instruction holds.
  let original: COREAnswer

  /// What the kernel's types come to.
  let value: UInt64

  /// Whether loads and stores become wider or narrower.
  let access: Access

  /// What a field of another size than the program expects means for those who load or store it.
  enum Access: Equatable {
    case same
    /// Both are pointers, or integers with or without a sign.
    case resized(from: Int, to: Int, isSigned: Bool)
    case impossible(from: Int, to: Int)
    /// The kernel has several types of the name, with different fields at the offset; a list of what each has.
    case ambiguous(String)
  }

  /// The instruction is not what the relocation says.
  struct Mismatch: Error {
    let reason: String
  }
}

// MARK: - Patching

extension COREPatch {
  /// Puts the number into the instruction at an index, which must be there.
  ///
  /// - Returns: nil; or if the instruction cannot hold what it should, why, with nothing changed.
  /// - Throws: if it does not hold what the compiler came to, or is of a sort that holds no such number.
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
      throw Mismatch(reason: "an instruction on two registers (opcode \(instruction.opcode)) holds no number")
    }
    let held = UInt64(bitPattern: Int64(instruction.immediate))
    // Arithmetic of 64 bits extends its constant by the sign, that of 32 bits has nothing above.
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
    guard first.isLongConstant, first.source == 0, first.offset == 0, index + 1 < instructions.count else {
      throw Mismatch(reason: "opcode \(first.opcode) with source \(first.source) is no load of a constant")
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
  /// What it means that the program expects a field of one type, and the kernel has it in another.
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
  /// Its lowest bits, up to 64.
  fileprivate func lowest(_ count: Int) -> UInt64 { count >= 64 ? self : self & (1 << UInt64(count) - 1) }
}

// MARK: - Poison

extension [Instruction] {
  /// Makes the instruction at an index, of a constant of 64 bits both halves, one that no verifier lets pass.
  mutating func poison(at index: Int) {
    if self[index].isLongConstant, index + 1 < count { self[index + 1] = .poison }
    self[index] = .poison
  }
}
