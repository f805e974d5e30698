//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFInstructions
public import BPFSyscall

extension ObjectFile {
  /// An instruction whose immediate is resolved when the program is loaded.
  public struct Relocation: Sendable, Hashable {
    /// The index of the instruction in ``instructions(of:)``.
    public var instruction: Int
    /// A description, such as `map hits` or `<byte_off> struct task_struct.pid (0:0 @ offset 0)`.
    public var description: String
  }

  /// Returns the linked instructions of a program and all functions it reaches, before any relocation against the
  /// kernel.
  ///
  /// - Throws: `BPFError`; `BPFError.Code.notFound` if the object has no such program, `BPFError.Code.malformed`.
  public func instructions(of name: String) throws(BPFError) -> [Instruction] {
    try linked(name).instructions
  }

  /// Returns the references of a program that loading resolves: maps, variables, externs and CO-RE relocations, in
  /// instruction order.
  ///
  /// - Throws: `BPFError`; `BPFError.Code.notFound` if the object has no such program, `BPFError.Code.malformed`.
  public func relocations(of name: String) throws(BPFError) -> [Relocation] {
    let program = try linked(name)
    let references = program.references.map { placed in
      Relocation(instruction: placed.instruction, description: description(of: placed.reference))
    }
    let questions = program.coreRelocations.map { relocation in
      Relocation(
        instruction: relocation.instruction,
        description: types.map { relocation.description(in: $0) } ?? "\(relocation.kind)")
    }
    return (references + questions).sorted { $0.instruction < $1.instruction }
  }

  private func description(of reference: Reference) -> String {
    switch reference {
    case .map(let name): "map \(name)"
    case .mapValue(let name, let offset):
      if let variable = variables.first(where: {
        $0.mapName == name && $0.offset <= Int(offset) && Int(offset) < $0.offset + $0.size
      }) {
        Int(offset) == variable.offset
          ? "variable \(variable.name)" : "variable \(variable.name) + \(Int(offset) - variable.offset)"
      } else {
        "map \(name) + \(offset)"
      }
    case .extern(let name), .externCall(let name): "kernel's \(name)"
    case .call(let place), .functionAddress(let place):
      "function \(code[place.section].functions[place.function].name)"
    }
  }
}
