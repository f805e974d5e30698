//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFMaps
internal import BPFSyscall
internal import BTF
internal import SystemPackage

/// Creates an object's maps, or opens existing ones.
struct MapLoader {
  private let file: ObjectFile
  private let types: LoadedTypes?
  private let options: LoadOptions
  /// The struct_ops layouts, by map name.
  private let operations: [String: OperationsLayout]
  /// The hashes of the only programs that may use a map, by map name.
  private let exclusiveHashes: [String: [UInt8]]

  /// The maps, by name.
  private(set) var maps: [String: MapHandle] = [:]

  /// The memory of arenas, by name.
  private(set) var arenas: [String: VariableMemory] = [:]

  /// Pins to make in the last step.
  private(set) var pins: [PendingPin] = []

  /// The paths where shared maps are, or will be, pinned, by name.
  private(set) var sharedPins: [String: FilePath] = [:]

  /// The newly created maps by name, without those that were given or pinned already.
  private(set) var created: [String: MapHandle] = [:]

  /// Warnings about features that the maps do without.
  private(set) var warnings: [String] = []

  /// The names of maps that took over the elements of another map.
  private var migrated: Set<String> = []

  /// - Parameters:
  ///   - configuration: the contents of `.kconfig`.
  ///   - exclusiveHashes: the hashes of the only programs that may use a map, by map name.
  static func load(
    _ file: ObjectFile, _ types: LoadedTypes?, _ options: LoadOptions, configuration: [UInt8],
    operations: [String: OperationsLayout], exclusiveHashes: [String: [UInt8]]
  ) throws(BPFError) -> MapLoader {
    var loader = MapLoader(
      file: file, types: types, options: options, operations: operations, exclusiveHashes: exclusiveHashes)
    for definition in file.maps where definition.isCreated || definition.existing != nil {
      loader.maps[definition.name] = try loader.mapIfUsable(definition, configuration)
    }
    try loader.fillMapsOfMaps()
    return loader
  }

  private init(
    file: ObjectFile, types: LoadedTypes?, options: LoadOptions, operations: [String: OperationsLayout],
    exclusiveHashes: [String: [UInt8]]
  ) {
    (self.file, self.types, self.options, self.operations) = (file, types, options, operations)
    self.exclusiveHashes = exclusiveHashes
  }

  /// Returns the map, or nil if it holds global variables and the kernel does not support those. Only programs that
  /// use the map then fail: compilers emit unused sections.
  private mutating func mapIfUsable(
    _ definition: MapDefinition, _ configuration: [UInt8]
  ) throws(BPFError) -> MapHandle? {
    let holdsVariables = definition.kind.isUsedInPlace && definition.existing == nil
    if holdsVariables, options.kernel.isKnownToLack(.globalVariables) { return nil }
    do throws(BPFError) {
      return try map(definition, configuration)
    } catch {
      guard holdsVariables, error.errno == .invalidArgument, options.kernel.lacks(.globalVariables) else {
        throw error
      }
      return nil
    }
  }

  private mutating func map(
    _ definition: MapDefinition, _ configuration: [UInt8]
  ) throws(BPFError) -> MapHandle {
    if let existing = definition.existing {
      try compare(definition, with: existing).refuseDifferences(existing, at: nil)
      return try mapExisting(definition, existing)
    }
    guard let path = definition.sharedPinPath(options) else { return try create(definition, configuration) }
    sharedPins[definition.name] = path
    guard let pinned = try pinnedMap(at: path) else {
      let map = try create(definition, configuration)
      pins.append(PendingPin(.map(map), at: path, replacesExisting: false))
      return map
    }
    let comparison = try compare(definition, with: pinned)
    switch options.existingPins {
    case .reuse:
      try comparison.refuseDifferences(pinned, at: path)
      return try mapExisting(definition, pinned)
    case .migrate where comparison.differences.isEmpty: return try mapExisting(definition, pinned)
    case .migrate, .replace:
      let map = try create(definition, configuration)
      if options.existingPins == .migrate {
        try Migration(from: pinned, to: map).run()
        migrated.insert(definition.name)
      }
      pins.append(PendingPin(.map(map), at: path, replacesExisting: true))
      return map
    }
  }

  /// Compares a map with the one that loading would create.
  private func compare(
    _ definition: MapDefinition, with map: MapHandle
  ) throws(BPFError) -> MapComparison {
    var flags = definition.flags
    // Kernels without array mmap(2) keep variables in unmapped arrays.
    if definition.kind.isUsedInPlace, !map.flags.contains(.mmapable), options.kernel.lacks(.mappedArrays) {
      flags.remove(.mmapable)
    }
    let wanted = try CreatedMapShape(
      requested: definition.type, keySize: definition.keySize,
      valueSize: operations[definition.name]?.byteCount ?? definition.valueSize,
      maxEntries: try MapLoader.entries(of: definition), flags: flags, extra: definition.extra)
    return try MapComparison(wanted, definition, file, with: map)
  }

  /// Returns the map pinned at a path, or nil if there is no pin.
  private func pinnedMap(at path: FilePath) throws(BPFError) -> MapHandle? {
    do throws(BPFError) {
      return try MapHandle(pinnedAt: path)
    } catch {
      if error.errno == .noSuchFileOrDirectory { return nil }
      throw error
    }
  }
}

// MARK: - Creation

extension MapLoader {
  private mutating func create(
    _ definition: MapDefinition, _ configuration: [UInt8]
  ) throws(BPFError) -> MapHandle {
    let map = try create(definition, name: file.kernelName(of: definition))
    created[definition.name] = map
    switch definition.kind {
    case .data, .readOnlyData, .zeroed, .configuration:
      let contents = definition.kind == .configuration ? configuration : definition.contents
      // A new map is all zeros.
      if contents.contains(where: { $0 != 0 }) {
        let missing = max(0, map.valueSize - contents.count)
        try map.update([0, 0, 0, 0], to: contents + [UInt8](repeating: 0, count: missing))
      }
      if definition.kind == .readOnlyData || definition.kind == .configuration { try map.freeze() }
    case .declared where definition.type == .arena:
      // The verifier needs the arena's address.
      let arena = try Arena(map, createdWith: definition.extra)
      try checkVariables(definition, of: arena)
      let memory = VariableMemory(arena: arena)
      memory.write(definition.contents, at: 0)
      arenas[definition.name] = memory
    case .declared, .legacy, .structOps: break
    }
    return map
  }

  /// Throws unless the variables can be written into a new arena.
  private func checkVariables(_ definition: MapDefinition, of arena: Arena) throws(BPFError) {
    guard definition.contents.count <= arena.byteCount else {
      throw BPFError(
        .create, .wrongSize, mapName: definition.name,
        "its variables have \(definition.contents.count) bytes, and its \(arena.handle.maxEntries) pages "
          + "\(arena.byteCount)")
    }
    guard definition.contents.isEmpty || !definition.flags.contains(.segvOnFault) else {
      throw BPFError(
        .create, .unsupported, mapName: definition.name,
        "it has variables, and with BPF_F_SEGV_ON_FAULT no page exists until a program allocates it")
    }
  }

  /// Maps an arena that existed before the object, unless another process has chosen an address for it that the kernel
  /// does not tell.
  private mutating func mapExisting(_ definition: MapDefinition, _ map: MapHandle) throws(BPFError)
    -> MapHandle
  {
    guard map.type == .arena else { return map }
    do throws(BPFError) {
      arenas[definition.name] = VariableMemory(arena: try Arena(map))
    } catch {
      guard error.operation == .map, error.code != .outOfResources else { throw error }
    }
    return map
  }

  /// Creates a map, without its types if the kernel rejects them for it.
  private mutating func create(_ definition: MapDefinition, name: String) throws(BPFError) -> MapHandle {
    var options = MapOptions(flags: definition.flags, extra: definition.extra, token: self.options.token)
    options.kernel = self.options.kernel
    if definition.exclusiveProgram != nil {
      options.exclusiveProgramHash = exclusiveHashes[definition.name] ?? []
    }
    if definition.flags.contains(.numaNode) { options.numaNode = definition.numaNode }
    if let inner = definition.innerMap {
      options.innerMap = try create(inner, name: (definition.name + ".inner").kernelName)
    }
    let operations = operations[definition.name]
    if let operations { options.vmlinuxValueTypeID = UInt32(truncatingIfNeeded: operations.valueTypeID) }
    let (valueSize, maxEntries) = (
      operations?.byteCount ?? definition.valueSize, try MapLoader.entries(of: definition)
    )
    guard let types, MapLoader.takesTypes(definition) else {
      return try make(definition, name, valueSize, maxEntries, options)
    }
    let refusal: BPFError
    do throws(BPFError) {
      return try withExtendedLifetime(types) { () throws(BPFError) in
        options.btf = MapOptions.BTF(
          descriptor: types.borrowed, keyTypeID: UInt32(truncatingIfNeeded: definition.keyTypeID),
          valueTypeID: operations == nil ? UInt32(truncatingIfNeeded: definition.valueTypeID) : 0)
        return try make(definition, name, valueSize, maxEntries, options)
      }
    } catch {
      guard operations == nil, error.mayRefuseTypes else { throw error }
      refusal = error
    }
    options.btf = nil
    do throws(BPFError) {
      let map = try make(definition, name, valueSize, maxEntries, options)
      let reason = refusal.errno.map { " (\($0.symbol))" } ?? ""
      warnings.append(
        "the map '\(definition.name)' is created without the types (BTF) of its keys and values, which the kernel "
          + "refuses\(reason)")
      return map
    } catch {
      // An error without the types concerns the map itself.
      throw error.mayRefuseTypes ? refusal : error
    }
  }

  private func make(
    _ definition: MapDefinition, _ name: String, _ valueSize: Int, _ maxEntries: Int, _ options: MapOptions
  ) throws(BPFError) -> MapHandle {
    var options = options
    let isMapped = definition.kind.isUsedInPlace && options.flags.contains(.mmapable)
    if isMapped, options.kernel.isKnownToLack(.mappedArrays) { options.flags.remove(.mmapable) }
    do throws(BPFError) {
      return try MapHandle(
        type: definition.type, name: name, keySize: definition.keySize, valueSize: valueSize,
        maxEntries: maxEntries, options: options)
    } catch {
      // Variables are then accessed by system calls.
      if isMapped, options.flags.contains(.mmapable), error.errno == .invalidArgument,
        options.kernel.lacks(.mappedArrays)
      {
        return try make(definition, name, valueSize, maxEntries, options)
      }
      var error = error
      error.mapName = definition.name
      throw error
    }
  }

  /// Returns the `max_entries` to request: the number of possible CPUs for a perf event array of size 0, a size that
  /// the kernel accepts for a ring buffer, otherwise the definition's.
  private static func entries(of definition: MapDefinition) throws(BPFError) -> Int {
    switch definition.type.facts.capacity {
    case .oneForEachCPU where definition.maxEntries == 0: return try PossibleCPUs.current().count
    case .bytes: return Page.ringSize(definition.maxEntries)
    default: return definition.maxEntries
    }
  }

  /// Whether the kernel accepts types for a map's keys and values.
  private static func takesTypes(_ definition: MapDefinition) -> Bool {
    switch definition.type.facts.btf {
    case .vmlinux: true
    case .refused: false
    case .accepted, .required: definition.keyTypeID != 0 || definition.valueTypeID != 0
    }
  }
}

// MARK: - Contents

extension MapLoader {
  /// Fills the created maps of maps. A map that was given, was pinned already, or took over elements keeps its
  /// contents.
  private func fillMapsOfMaps() throws(BPFError) {
    for definition in file.maps where definition.type.facts.holdsMaps {
      guard let outer = created[definition.name], !migrated.contains(definition.name) else { continue }
      for (index, value) in definition.initialValues.sorted(by: { $0.key < $1.key }) {
        guard case .map(let name) = value else { continue }
        guard let inner = maps[name] else {
          throw BPFError(
            .update, .notFound, mapName: definition.name,
            "the map '\(name)' that it shall hold was not created")
        }
        try inner.withFileDescriptor { (descriptor) throws(BPFError) in
          try outer.update([UInt8](number: UInt32(index)), to: [UInt8](number: descriptor.rawValue))
        }
      }
    }
  }

  /// Returns the program array slots to fill: those of created arrays, and those of shared arrays, whose users call
  /// the new programs from then on. An array that was given keeps its contents.
  func programSlots(_ programs: [String: Program]) -> (created: [ProgramSlot], shared: [ProgramSlot]) {
    var slots: (created: [ProgramSlot], shared: [ProgramSlot]) = ([], [])
    for definition in file.maps
    where definition.type.facts.valueObject == .program && definition.existing == nil {
      guard let array = maps[definition.name] else { continue }
      for (index, value) in definition.initialValues.sorted(by: { $0.key < $1.key }) {
        guard case .program(let name) = value, let program = programs[name] else { continue }
        let slot = ProgramSlot(array: array, index: index, program: program)
        if created[definition.name] == nil { slots.shared.append(slot) } else { slots.created.append(slot) }
      }
    }
    return slots
  }
}
