//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFSyscall
internal import BTF
internal import SystemPackage

/// The object's types, completed for the kernel.
///
/// Fills in what the compiler leaves open: the offsets of variables, and the linkage of externs. Names and ids stay,
/// so line and function information remains valid.
struct ObjectTypes {
  private static let placeholder = "dummy_ksym"

  /// Encodes the types in this machine's byte order.
  static func encoded(_ file: ObjectFile, _ types: BTFTypes) -> [UInt8] {
    var patch = BTFPatch(types)
    for section in file.code {
      for info in section.functionInfo {
        guard let index = section.function(at: info.instruction), let type = types[info.typeID] else {
          continue
        }
        // The verifier checks hidden functions at each call, like static ones.
        if section.functions[index].linkage == .hidden { patch.setLinkage(.static, of: type) }
      }
    }
    for layout in file.layouts {
      guard let section = types[layout.typeID] else { continue }
      if layout.name == ".ksyms" {
        replaceSymbols(layout, section, &patch)
      } else {
        let isConfiguration = layout.name == ".kconfig"
        for variable in layout.variables {
          if variable.isHidden { patch.setLinkage(.static, of: variable.variable) }
          if isConfiguration { patch.setLinkage(.global, of: variable.variable) }
        }
        patch.layOut(
          section, byteCount: layout.byteCount,
          layout.variables.map { ($0.variable.id, $0.byteOffset, $0.byteCount) })
      }
    }
    return patch.encoded
  }

  /// Replaces kernel symbols with four-byte variables, the only contents that the kernel accepts for `.ksyms`.
  private static func replaceSymbols(_ layout: DataSectionLayout, _ section: BTFType, _ patch: inout BTFPatch)
  {
    let (placeholderID, integer) = patch.addIntegerVariable(placeholder)
    let parameterName = patch.addName(placeholder)
    var entries: [(id: Int, byteOffset: Int, byteCount: Int)] = []
    for (index, symbol) in layout.variables.enumerated() {
      var id = symbol.variable.id
      patch.setLinkage(.global, of: symbol.variable)
      if symbol.variable.kind == .function {
        id = placeholderID
        if let prototype = symbol.variable.target { patch.nameParameters(of: prototype, parameterName) }
      } else {
        patch.setTarget(integer, of: symbol.variable)
      }
      entries.append((id, 4 * index, 4))
    }
    patch.layOut(section, byteCount: 4 * entries.count, entries)
  }
}
