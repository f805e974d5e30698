//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFMaps
internal import BPFSyscall

// What can be said against an object without asking the kernel is said before anything is made.

extension ObjectFile {
  /// Throws if there is nothing to load, or something that says what cannot be done.
  func checkContents() throws(BPFError) {
    let programs = programs.filter(\.isLoaded)
    let maps = maps.filter { $0.isCreated || $0.existing != nil }
    guard !programs.isEmpty || !maps.isEmpty else {
      throw BPFError(.load, .invalidArgument, "the object '\(name)' has nothing to load: \(emptiness)")
    }
    for map in maps where map.existing == nil { try check(map) }
  }

  /// What is to be said of an object that is loaded all the same.
  var contentWarnings: [String] {
    programs.isEmpty ? ["the object '\(name)' has no programs, only maps"] : []
  }

  private var emptiness: String {
    if programs.isEmpty, maps.isEmpty { return "it has no programs and no maps" }
    let optional = ObjectFile.list(programs.names + maps.names)
    return "all that it has is not to be loaded unless it is asked for (isLoaded, isCreated): \(optional)"
  }

  private func check(_ map: MapDefinition) throws(BPFError) {
    guard map.pinning == .none || map.pinning == .byName else {
      throw refusal(
        map,
        "its 'pinning' is \(map.pinning), which means something to another loader: set it to none or by name")
    }
    for ring in [map, map.innerMap].compactMap(\.self) {
      guard !ring.isRing || ring.maxEntries > 0 else {
        throw refusal(
          map, "a ring buffer needs max_entries, its size in bytes, such as '__uint(max_entries, 256 * 1024)'"
        )
      }
    }
    guard map.type == .programArray else { return }
    for (index, value) in map.initialValues.sorted(by: { $0.key < $1.key }) {
      guard case .program(let name) = value, programs[name]?.isLoaded != true else { continue }
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
  fileprivate var isRing: Bool { type == .ringBuf || type == .userRingBuf }
}
