//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFMaps
internal import BPFSyscall
internal import Synchronization

/// The memories of an object's maps that are shared with the programs.
///
/// Arenas are mapped when they are created. The others are mapped when somebody first asks for a variable in them: many
/// objects are loaded of which nobody ever does.
final class VariableMemories: Sendable {
  /// Those of arenas, by the name of the map.
  private let arenas: [String: VariableMemory]

  /// Those of global variables that were asked for so far, by the name of the map; nil for what cannot be mapped.
  private let globals = Mutex<[String: VariableMemory?]>([:])

  init(arenas: [String: VariableMemory]) { self.arenas = arenas }

  /// The memory of an arena; nil if the object has created no such arena.
  func arena(named name: String) -> VariableMemory? { arenas[name] }

  /// The memory of a map; nil if it has none that can be mapped, or is an arena that the object has not created.
  ///
  /// System calls: mmap(2), the first time that a map of global variables is asked for.
  func memory(of definition: MapDefinition, _ map: MapHandle) throws(BPFError) -> VariableMemory? {
    if let arena = arenas[definition.name] { return arena }
    return try globals.withLock { (globals) throws(BPFError) in
      if let known = globals[definition.name] { return known }
      let memory = try VariableMemory.ofGlobals(definition, map)
      globals.updateValue(memory, forKey: definition.name)
      return memory
    }
  }
}
