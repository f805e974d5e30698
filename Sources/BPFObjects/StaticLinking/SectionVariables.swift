//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BTF

/// The variables of the sections of several objects.
struct SectionVariables {
  private struct Entry {
    var name: String
    var variable: Int
    var byteOffset: Int
    var byteCount: Int
    var linkage: BTFType.Linkage
    /// The number of the object.
    var input: Int
  }

  private var entries: [(section: String, entries: [Entry])] = []
  private var indices: [String: Int] = [:]

  /// Adds the variables of an object's sections, at their offsets in the merged ones.
  mutating func add(_ input: LinkerInput, _ merged: [SectionMerger.MergedSection?], _ ids: [Int?]) {
    for layout in input.layouts {
      let destination = input.elf.section(named: layout.name).flatMap { merged[$0.index] }
      // The variables of an object before describe what is kept once.
      if destination?.isRepeated == true { continue }
      let index = indices[layout.name] ?? entries.count
      if index == entries.count {
        entries.append((layout.name, []))
        indices[layout.name] = index
      }
      let offset = destination?.offset ?? 0
      for variable in layout.variables {
        guard let id = ids[variable.variable.id] else { continue }
        entries[index].entries.append(
          Entry(
            name: variable.name, variable: id, byteOffset: variable.byteOffset + offset,
            byteCount: variable.byteCount, linkage: variable.linkage, input: input.index))
      }
    }
  }

  /// Returns the data sections of the linked object, without variables that the kernel or another section defines.
  func sections(
    _ symbols: SymbolMerger, _ byteCount: (String) -> Int?
  ) -> [(name: String, shape: BTFDefinition.Shape)] {
    entries.compactMap { section, entries in
      let size = byteCount(section)
      var seen: Set<Int> = []
      let variables = entries.filter { entry in
        let isPresent =
          switch entry.linkage {
          case .static: size != nil
          case .global: size != nil && symbols.definer(of: entry.name) == entry.input
          // Only the kernel defines what is in no section of the object.
          case .external: size == nil && symbols.definer(of: entry.name) == nil
          }
        return isPresent && seen.insert(entry.variable).inserted
      }
      guard !variables.isEmpty else { return nil }
      return (
        section,
        .dataSection(
          byteCount: size ?? 0,
          variables: variables.sorted { $0.byteOffset < $1.byteOffset }.map {
            BTFDefinition.SectionVariable($0.variable, byteOffset: $0.byteOffset, byteCount: $0.byteCount)
          })
      )
    }
  }
}
