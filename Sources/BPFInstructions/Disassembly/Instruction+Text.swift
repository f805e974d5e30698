//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

// The notation of `kernel/bpf/disasm.c`.

extension Instruction: CustomStringConvertible {
  /// The instruction in the notation of the verifier's log, such as `(b7) r0 = 2`.
  public var description: String { Disassembler().text(self) }
}

extension Instruction {
  /// Arithmetic; nil for an unknown operation.
  var arithmeticText: String? {
    let letter = group == .arithmetic ? "w" : "r"
    let target = "\(letter)\(destination)"
    switch operation {
    case 0xd:
      let order = group == .arithmetic64 ? "bswap" : hasRegisterOperand ? "be" : "le"
      return "r\(destination) = \(order)\(immediate) r\(destination)"
    case 0x8: return "\(target) = -\(target)"
    case 0xb where opcode == 0xbf && offset == 1:
      let spaces = UInt32(bitPattern: immediate)
      return "r\(destination) = addr_space_cast(r\(source), \(spaces >> 16), \(spaces & 0xffff))"
    case 0xb where opcode == 0xbf && offset == -1: return "r\(destination) = &(void __percpu *)(r\(source))"
    case 0xb where hasRegisterOperand:
      let part = [8, 16, 32].contains(offset) ? "(s\(offset))" : ""
      return "\(target) = \(part)\(letter)\(source)"
    default:
      let isSigned = (operation == 0x3 || operation == 0x9) && offset == 1
      return Instruction.arithmeticSigns[Int(operation)].map { sign in
        "\(target) \(isSigned ? "s" : "")\(sign) \(hasRegisterOperand ? "\(letter)\(source)" : "\(immediate)")"
      }
    }
  }

  private static let arithmeticSigns: [String?] = [
    "+=", "-=", "*=", "/=", "|=", "&=", "<<=", ">>=", nil, "%=", "^=", "=", "s>>=", nil, nil, nil,
  ]

  /// The sign of a comparison; nil for an unknown one.
  var comparison: String? { Instruction.comparisonSigns[Int(operation)] }

  private static let comparisonSigns: [String?] = [
    nil, "==", ">", ">=", "&", "!=", "s>", "s>=", nil, nil, "<", "<=", "s<", "s<=", nil, nil,
  ]
}

extension Instruction {
  /// The name of a helper that is called by its number; nil for kfuncs and unknown helpers.
  var helperName: String? {
    guard source == 0 else { return nil }
    guard immediate != 0 else { return "bpf_unspec" }
    let helper = Helper(rawValue: UInt32(bitPattern: immediate))
    return helper.minimumKernelVersion == nil ? nil : helper.kernelName
  }
}

// MARK: - Memory

extension Instruction {
  /// A load from memory; nil for an unknown mode.
  var loadText: String? {
    switch mode {
    case Mode.plain: "r\(destination) = *(\(accessSize.typeName) *)(r\(source) \(offset.signed))"
    case Mode.signExtending:
      "r\(destination) = *(\(accessSize.signedTypeName) *)(r\(source) \(offset.signed))"
    default: nil
    }
  }

  private var destinationMemory: String { "*(\(accessSize.typeName) *)(r\(destination) \(offset.signed))" }

  /// A store of a constant; nil for an unknown mode.
  var storeConstantText: String? {
    switch mode {
    case Mode.plain: "\(destinationMemory) = \(immediate)"
    // A barrier against speculation, which the verifier inserts.
    case Mode.atomic: "nospec"
    default: nil
    }
  }

  /// A store of a register, or an atomic operation; nil for an unknown one.
  var storeText: String? {
    switch mode {
    case Mode.plain: "\(destinationMemory) = r\(source)"
    case Mode.atomic: atomicText
    default: nil
    }
  }

  private var atomicText: String? {
    let pointer = "(\(accessSize.typeName) *)(r\(destination) \(offset.signed))"
    let bits = accessSize == .doubleWord ? "64" : ""
    switch immediate {
    case AtomicOperation.exchange: return "r\(source) = atomic\(bits)_xchg(\(pointer), r\(source))"
    case AtomicOperation.compareAndExchange: return "r0 = atomic\(bits)_cmpxchg(\(pointer), r0, r\(source))"
    case AtomicOperation.loadAcquire:
      return "r\(destination) = load_acquire((\(accessSize.typeName) *)(r\(source) \(offset.signed)))"
    case AtomicOperation.storeRelease: return "store_release(\(pointer), r\(source))"
    default:
      guard let operation = AtomicOperation(rawValue: immediate & ~AtomicOperation.fetch) else { return nil }
      guard immediate & AtomicOperation.fetch != 0 else {
        return "lock *\(pointer) \(operation.sign) r\(source)"
      }
      return "r\(source) = atomic\(bits)_fetch_\(operation.name)(\(pointer), r\(source))"
    }
  }
}

extension AtomicOperation {
  fileprivate var sign: String {
    switch self {
    case .add: "+="
    case .or: "|="
    case .and: "&="
    case .xor: "^="
    }
  }

  fileprivate var name: String {
    switch self {
    case .add: "add"
    case .or: "or"
    case .and: "and"
    case .xor: "xor"
    }
  }
}

extension AccessSize {
  var typeName: String { "u\(bitCount)" }
  var signedTypeName: String { "s\(bitCount)" }
}

extension Instruction.Group {
  /// The class in the kernel's text for an opcode that does not exist.
  var bugName: String {
    switch self {
    case .loadConstant: "ld_"
    case .load: "ldx_"
    case .storeConstant: "st_"
    case .store: ""
    case .arithmetic: "alu_"
    case .arithmetic64: "alu64_"
    case .jump, .jump32: "jmp_"
    }
  }
}

extension BinaryInteger {
  /// The number with its sign: `+1`, `-1`, `+0`.
  var signed: String { self < 0 ? "\(self)" : "+\(self)" }
}
