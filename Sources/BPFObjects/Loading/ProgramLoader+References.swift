//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFInstructions
internal import BPFMaps
internal import BPFSyscall
internal import BTF
internal import SystemPackage

extension ProgramLoader {
  /// Resolves a program's references to maps, variables and externs.
  func resolve(
    _ linked: inout LinkedProgram, _ definition: ProgramDefinition, _ descriptors: inout DescriptorList
  ) throws(BPFError) {
    for placed in linked.references {
      let index = placed.instruction
      switch placed.reference {
      case .map(let name):
        guard let map = descriptor(ofMap: name) else {
          linked.instructions.poisonMap(at: index, number: file.maps.index(named: name) ?? 0)
          continue
        }
        linked.instructions.load(Instruction.Pseudo.mapDescriptor, map, 0, at: index)
      case .mapValue(let name, let offset):
        guard let map = descriptor(ofMap: name) else {
          try refuseMissingVariables(of: name, definition)
          linked.instructions.poisonMap(at: index, number: file.maps.index(named: name) ?? 0)
          continue
        }
        linked.instructions.load(Instruction.Pseudo.mapValue, map, Int32(bitPattern: offset), at: index)
      case .extern(let name): try loadExtern(name, at: index, &linked.instructions, definition)
      case .externCall(let name):
        guard case .function(let id, let module) = externs.symbols[name] else {
          try refuseMissingTraps(name, definition)
          linked.instructions.poisonCall(at: index, number: file.externs.index(named: name) ?? 0)
          continue
        }
        linked.instructions[index].source = Instruction.Pseudo.kernelFunctionCall
        linked.instructions[index].immediate = Int32(truncatingIfNeeded: id)
        linked.instructions[index].offset = module.map { descriptors.index(of: $0) } ?? 0
      case .call, .functionAddress: break
      }
    }
  }

  /// Returns the number of a map's descriptor, or nil if the map was not created.
  private func descriptor(ofMap name: String) -> CInt? {
    maps[name]?.descriptor.rawValue ?? (expectedMaps.contains(name) ? 0 : nil)
  }

  /// Throws if a map of variables was not created because the kernel does not support global variables.
  private func refuseMissingVariables(of name: String, _ definition: ProgramDefinition) throws(BPFError) {
    let feature = KernelFeature.globalVariables
    guard file.maps[name]?.isCreated == true, options.kernel.isKnownToLack(feature) else { return }
    throw failure(definition, .unsupported, "it uses those of '\(name)', and \(feature.absence)")
  }

  private func loadExtern(
    _ name: String, at index: Int, _ instructions: inout [Instruction], _ definition: ProgramDefinition
  ) throws(BPFError) {
    guard let extern = file.externs[name] else { return }
    if extern.kind == .configuration {
      guard let map = descriptor(ofMap: ".kconfig") else {
        try refuseMissingVariables(of: ".kconfig", definition)
        throw failure(
          definition, .notFound, "it uses the option '\(name)', and the map '.kconfig' was not created")
      }
      return instructions.load(
        Instruction.Pseudo.mapValue, map, Int32(truncatingIfNeeded: extern.offset), at: index)
    }
    switch externs.symbols[name] {
    case .address(let address):
      instructions.load(
        0, Int32(truncatingIfNeeded: address), Int32(truncatingIfNeeded: address >> 32), at: index)
    case .variable(let id, let module):
      instructions.load(
        Instruction.Pseudo.kernelVariable, Int32(truncatingIfNeeded: id), module?.descriptor.rawValue ?? 0,
        at: index)
    case .function(let id, let module):
      // A kernel function's address is encoded like a variable's.
      instructions.load(
        Instruction.Pseudo.kernelVariable, Int32(truncatingIfNeeded: id), module?.descriptor.rawValue ?? 0,
        at: index)
    case nil: instructions.load(0, 0, 0, at: index)
    }
  }
}

/// The descriptors that instructions refer to by index: those of module BTF.
struct DescriptorList {
  /// The descriptors; index 0 is reserved for vmlinux.
  private(set) var numbers: [CInt] = []

  /// Returns the index of a module's descriptor, appending it if new.
  mutating func index(of handle: BTFHandle) -> Int16 {
    if numbers.isEmpty { numbers.append(0) }
    let number = handle.descriptor.rawValue
    if let index = numbers.firstIndex(of: number) { return Int16(truncatingIfNeeded: index) }
    numbers.append(number)
    return Int16(truncatingIfNeeded: numbers.count - 1)
  }
}

// MARK: - Instructions

extension [Instruction] {
  /// Sets the operands of a 64-bit load.
  fileprivate mutating func load(_ pseudo: UInt8, _ low: Int32, _ high: Int32, at index: Int) {
    self[index].source = pseudo
    self[index].immediate = low
    self[index + 1].immediate = high
  }

  /// Replaces a load of a map that was not created with a call that the verifier rejects if it is reachable.
  fileprivate mutating func poisonMap(at index: Int, number: Int) {
    for half in [index, index + 1] { self[half] = MissingReference.map(number).call }
  }

  /// Replaces a call to a missing kfunc with one that the verifier rejects if it is reachable.
  fileprivate mutating func poisonCall(at index: Int, number: Int) {
    self[index] = MissingReference.function(number).call
  }
}
