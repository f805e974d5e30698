//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFMaps
internal import BPFSyscall

// Checks of an object that need no kernel, made before anything is created.

extension ObjectFile {
  /// Throws if there is nothing to load, or if a definition is invalid.
  ///
  /// - Parameter loaded: The programs that will be loaded.
  func checkContents(loading loaded: [ProgramDefinition]) throws(BPFError) {
    guard !loaded.isEmpty || maps.contains(where: { $0.isCreated || $0.existing != nil }) else {
      throw BPFError(.load, .invalidArgument, "the object '\(name)' has nothing to load: \(emptiness)")
    }
    let names = Set(loaded.map(\.name))
    for map in maps where map.isCreated && map.existing == nil { try check(map, loading: names) }
  }

  /// Returns warnings about contents that do not prevent loading.
  func contentWarnings(loading loaded: [ProgramDefinition]) -> [String] {
    if programs.isEmpty { return ["the object '\(name)' has no programs, only maps\(hint)"] }
    if !loaded.isEmpty { return [] }
    return [
      "the object '\(name)' is loaded without a program: each is optional: \(ObjectFile.list(programs.names))"
    ]
  }

  /// A hint about functions that may be meant as programs, if the object has no programs.
  private var hint: String {
    guard code.contains(where: { !$0.functions.isEmpty }) else { return "" }
    return "; functions in '.text' are for programs to call: give a program a section, such as SEC(\"tc\")"
  }

  private var emptiness: String {
    if programs.isEmpty, maps.isEmpty { return "it has no programs and no maps\(hint)" }
    let optional = ObjectFile.list(programs.names + maps.names)
    return "all of its parts are optional, and none is selected (isLoaded, isCreated): \(optional)"
  }

  private func check(_ map: MapDefinition, loading loaded: Set<String>) throws(BPFError) {
    guard map.pinning == .none || map.pinning == .byName else {
      throw refusal(
        map,
        "its 'pinning' is \(map.pinning), which is not supported by this library: set it to none or by name")
    }
    guard !map.isRingWithoutSize, map.innerMap?.isRingWithoutSize != true else {
      throw refusal(
        map, "a ring buffer needs max_entries, its size in bytes, such as '__uint(max_entries, 256 * 1024)'")
    }
    if let program = map.exclusiveProgram, !loaded.contains(program) {
      throw refusal(map, "it is exclusive to the program '\(program)', which is not loaded")
    }
    guard map.type.facts.valueObject == .program else { return }
    for (index, value) in map.initialValues.sorted(by: { $0.key < $1.key }) {
      guard case .program(let name) = value, !loaded.contains(name) else { continue }
      throw refusal(
        map,
        "its slot \(index) holds the program '\(name)', which is not loaded: load it, or leave the slot empty"
      )
    }
  }

  private func refusal(_ map: MapDefinition, _ explanation: String) -> BPFError {
    BPFError(.create, .invalidArgument, mapName: map.name, explanation)
  }
}

extension MapDefinition {
  fileprivate var isRingWithoutSize: Bool { type.facts.isRing && maxEntries == 0 }
}
