//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFInstructions
internal import BPFMaps
internal import BPFSyscall

/// The names of what a program's instructions refer to, in the running kernel.
struct DisassemblyNames {
  private let image: ProgramImage
  private let notation: ProgramDisassembly.Notation
  /// The names of the program's maps, by id; without those that are empty or that two maps have.
  private let mapNames: [UInt32: String]
  /// The kernel's symbols, by address.
  private let symbols: [UInt64: String]
  /// The address that the kernel measures the distances of calls from; nil if it hides addresses.
  private let callBase: UInt64?

  /// Finds the names in /proc/kallsyms, if it shows addresses.
  init(
    _ image: ProgramImage, maps: [UInt32: String], _ notation: ProgramDisassembly.Notation
  ) throws(BPFError) {
    (self.image, self.notation, mapNames) = (image, notation, maps)
    callBase = try KernelSymbols.callBase()
    guard let callBase else {
      symbols = [:]
      return
    }
    var addresses = Set(notation == .bpftool ? image.functions.compactMap(\.address) : [])
    for call in image.instructions where call.isCall && !call.isFunctionCall {
      addresses.insert(DisassemblyNames.target(of: call, callBase))
    }
    symbols = try KernelSymbols.names(at: addresses)
  }

  private static func target(of call: Instruction, _ callBase: UInt64) -> UInt64 {
    callBase &+ UInt64(bitPattern: Int64(call.immediate))
  }

  /// A disassembler that knows the names.
  var disassembler: Disassembler {
    var disassembler = Disassembler()
    disassembler.callName = { call in self.name(of: call) }
    disassembler.constantName = { load, constant in self.name(of: load, constant) }
    return disassembler
  }

  private func name(of call: Instruction) -> String? {
    guard call.isFunctionCall else {
      guard let callBase else { return nil }
      let target = DisassemblyNames.target(of: call, callBase)
      return symbols[target] ?? "0x" + String(target, radix: 16)
    }
    // Compilation to machine code puts the distance into the offset, and the function's number into the immediate.
    guard image.functions.contains(where: { $0.address != nil || $0.machineCodeSize != nil }) else {
      return signed(call.offset)
    }
    let index = Int(call.immediate)
    guard image.functions.indices.contains(index) else { return signed(call.offset) }
    let function = image.functions[index]
    if notation == .named, !function.name.isEmpty { return "\(signed(call.offset))#\(function.name)" }
    guard let address = function.address else { return signed(call.offset) }
    return "\(signed(call.offset))#\(symbols[address] ?? "0x" + String(address, radix: 16))"
  }

  private func signed(_ offset: Int16) -> String { offset < 0 ? "\(offset)" : "+\(offset)" }

  /// Returns the text for the operand of a 64-bit load; nil for a number.
  private func name(of load: Instruction, _ constant: UInt64) -> String? {
    let (id, offset) = (UInt32(truncatingIfNeeded: constant), UInt32(truncatingIfNeeded: constant >> 32))
    let name = notation == .named ? mapNames[id] : nil
    return switch load.source {
    case Instruction.Pseudo.mapDescriptor: name.map { "map[\($0)]" } ?? "map[id:\(id)]"
    case Instruction.Pseudo.mapValue: name.map { "map[\($0)][0]+\(offset)" } ?? "map[id:\(id)][0]+\(offset)"
    case Instruction.Pseudo.mapValueByIndex: "map[idx:\(id)]+\(offset)"
    case Instruction.Pseudo.functionAddress:
      "subprog[\(Int32(bitPattern: id) < 0 ? "" : "+")\(Int32(bitPattern: id))]"
    default: nil
    }
  }
}
