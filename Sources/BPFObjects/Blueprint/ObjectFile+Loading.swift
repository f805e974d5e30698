//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

extension ObjectFile {
  /// Returns the programs that ``load(_:)`` loads.
  ///
  /// For programs that implement kernel interfaces the maps decide, as in libbpf: the programs of a created map are
  /// loaded, also from optional sections (`?struct_ops`), and those used only by other maps are not. For all other
  /// programs ``ProgramDefinition/isLoaded`` decides.
  package func programsToLoad() -> [ProgramDefinition] {
    var needed: Set<String> = []
    var unneeded: Set<String> = []
    for map in maps {
      guard let operations = map.operations else { continue }
      if map.isCreated, map.existing == nil {
        needed.formUnion(operations.programs.values)
      } else {
        unneeded.formUnion(operations.programs.values)
      }
    }
    return programs.filter { program in
      needed.contains(program.name) || (program.isLoaded && !unneeded.contains(program.name))
    }
  }
}
