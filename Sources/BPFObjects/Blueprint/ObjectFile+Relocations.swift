//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFSyscall

extension ObjectFile {
  /// A place in a program whose number is known only when the program is loaded.
  public struct Relocation: Sendable, Hashable {
    /// The index of the instruction in ``instructions(of:)``.
    public var instruction: Int
    /// What it stands for, such as `map hits` or `<byte_off> struct task_struct.pid (0:0 @ offset 0)`.
    public var description: String
  }

  /// The instructions of a program, with those of all functions it reaches, before anything of the kernel is put in.
  ///
  /// - Throws: `BPFError`; `BPFError.Code.notFound` if the object has no such program, `BPFError.Code.malformed`.
  public func instructions(of name: String) throws(BPFError) -> [Instruction] {
    try linked(name).instructions
  }

  /// What will be put into a program when it is loaded: maps, variables, what the kernel defines, and what depends on its
  /// types. In the order of the instructions.
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
