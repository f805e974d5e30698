//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFMaps
internal import BPFSyscall
internal import Synchronization

/// The memory of an object's maps that is shared with programs.
///
/// Arenas are mapped on creation. Global variables are mapped on first use, because many objects never use them.
final class VariableMemories: Sendable {
  /// The memory of arenas, by map name.
  private let arenas: [String: VariableMemory]

  /// The memory of global variables that were used so far, by map name; nil if it cannot be mapped.
  private let globals = Mutex<[String: VariableMemory?]>([:])

  init(arenas: [String: VariableMemory]) { self.arenas = arenas }

  /// Returns the memory of an arena, or nil if the object has created no such arena.
  func arena(named name: String) -> VariableMemory? { arenas[name] }

  /// Returns the memory of a map, or nil if it cannot be mapped or is an arena that the object did not create.
  ///
  /// System calls: mmap(2), at the first call for a map of global variables.
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
