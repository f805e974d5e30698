//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFSyscall
internal import ELF

// A table of strings, `const char *names[]`, holds addresses that a linker or loader would fill in. A global data map
// has no address before it is created, and programs could not use an address that they read from it.

extension ObjectReader {
  /// Reads the offsets of addresses in global data maps.
  mutating func readAddresses() throws(BPFError) {
    for (index, map) in dataMaps.entries {
      guard let section = elf.section(index), !elf.relocationTables[index].isEmpty else { continue }
      let offsets = try elf.relocations(of: section).map(\.offset)
      if !offsets.isEmpty { addresses[maps[map].name] = offsets.sorted() }
    }
  }
}

extension ObjectFile {
  /// Throws if a program uses a variable that holds addresses.
  func refuseAddresses(in program: LinkedProgram) throws(BPFError) {
    guard !addresses.isEmpty else { return }
    for placed in program.references {
      guard case .mapValue(let map, let offset) = placed.reference, let addresses = addresses[map],
        let variable = variable(in: map, at: Int(offset)), addresses.contains(where: variable.range.contains)
      else { continue }
      throw BPFError(
        .load, .unsupported, .program(name: program.name, id: nil),
        "it uses the variable '\(variable.name)' in '\(map)', which holds addresses, such as those of strings: a "
          + "program cannot use addresses in global data; store the values themselves, such as 'char names[][16]'"
      )
    }
  }

  private func variable(in map: String, at offset: Int) -> VariableDefinition? {
    variables.first { $0.mapName == map && $0.range.contains(offset) }
  }
}

extension VariableDefinition {
  /// The range in the map's value.
  fileprivate var range: Range<Int> { offset..<offset + size }
}
