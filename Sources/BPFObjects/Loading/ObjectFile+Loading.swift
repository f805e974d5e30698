//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFMaps
public import BPFSyscall

extension ObjectFile {
  /// Loads the object into the kernel: creates its maps, relocates its programs for the kernel, verifies them, and
  /// pins the parts that are to be pinned.
  ///
  /// If any step fails, everything is undone and existing pins stay. Pins are made last, all or none, while the
  /// calling thread blocks signals: a signal that ends a single-threaded process leaves all pins or none.
  ///
  /// Omits or replaces features that an older kernel lacks, where the object works without them: see `KernelFeature`
  /// and `BTFFeatures`. Probes the kernel for a feature only after a rejection, and once per process.
  ///
  /// If the kernel rejects the types (BTF), they are loaded with names that it accepts. If it rejects them again, the
  /// object is loaded without them, and ``Object/warnings`` says so. struct_ops, local storage, programs that replace
  /// functions, and maps whose values hold locks, timers, lists, trees or reference-counted pointers require types:
  /// without them loading fails with the kernel's reason.
  ///
  /// System calls: for the types `BPF_BTF_LOAD`; for each map `BPF_MAP_CREATE` and `BPF_OBJ_GET_INFO_BY_FD`, with
  /// global variables `BPF_MAP_UPDATE_ELEM` unless all are zero, with constants `BPF_MAP_FREEZE`, for an arena
  /// mmap(2); for each program `BPF_PROG_LOAD`, `BPF_OBJ_GET_INFO_BY_FD`, and `BPF_PROG_BIND_MAP` for each map of
  /// constants that it does not use. For a token from the environment, see `BPFToken.fromEnvironment()`. A rejection causes further calls, to probe for missing features and to get the
  /// verifier log. The kernel's types are read once per process, if the object needs them, such as for CO-RE
  /// relocations. The memory of global variables is mapped on first use. Linux 4.14. For pins see
  /// ``Object/pin(in:)``. Capabilities: `CAP_BPF`, and depending on the programs' types `CAP_PERFMON` or
  /// `CAP_NET_ADMIN`.
  ///
  /// - Parameter options: the options for loading, such as the pin directory.
  /// - Throws: `BPFError`, with the map or program that caused it. `BPFError.Code.rejected` if the verifier rejects a
  ///   program: `BPFError.explanation` then begins with the relevant part of its log, and `BPFError.log` is the
  ///   complete log. `BPFError.Code.typeMismatch` if an existing map differs from the object's.
  ///   `BPFError.Code.invalidArgument` if there is nothing to load, a ring buffer has no size, a `pinning` is
  ///   unknown, or a program array holds a program that is not loaded; `BPFError.Code.unsupported` if a program uses
  ///   a variable that holds addresses, such as a table of strings.
  public func load(_ options: LoadOptions = LoadOptions()) throws(BPFError) -> Object {
    guard !isByteSwapped else {
      throw BPFError(
        .load, .unsupported, "the object '\(name)' has the opposite byte order to this machine's")
    }
    let definitions = programsToLoad()
    try checkContents(loading: definitions)
    var options = options
    if options.token == nil, options.takesTokenFromEnvironment { options.token = try .fromEnvironment() }
    let plan = try PinPlan(self, programs: definitions, options)
    let types = try ObjectTypes.load(self, options)
    do throws(BPFError) {
      return try load(definitions, options, types, plan)
    } catch {
      throw types.explaining(error)
    }
  }

  private func load(
    _ definitions: [ProgramDefinition], _ options: LoadOptions, _ loaded: ObjectTypes.Outcome, _ plan: PinPlan
  ) throws(BPFError) -> Object {
    let (kernel, types) = (KernelTypes(), loaded.types)
    let operations = try OperationsLayout.all(of: self)
    let externs = try ResolvedExterns(self, kernel, options)
    let maps = try MapLoader.load(
      self, types, options, configuration: externs.configuration, operations: operations,
      exclusiveHashes: try exclusiveProgramHashes(kernel, externs, operations, options))
    var loader = try ProgramLoader(
      self, maps: maps.maps, externs: externs, types: types, kernel: kernel, operations: operations,
      options: options)
    var prepared: [ProgramLoader.Prepared] = []
    prepared.reserveCapacity(definitions.count)
    for definition in definitions { prepared.append(try loader.prepare(definition)) }
    var programs: [String: Program] = [:]
    programs.reserveCapacity(prepared.count)
    for program in prepared { try loader.verify(program) }
    for program in prepared { programs[program.definition.name] = try loader.open(program) }
    let registrations = try fillOperations(maps.created, operations, programs)
    let object = Object(
      self, maps: maps.maps, arenas: maps.arenas,
      pins: plan.paths.merging(maps.sharedPins) { planned, _ in planned }, programs: programs,
      registrations: registrations,
      warnings: contentWarnings(loading: definitions) + loaded.warnings + maps.warnings + loader.warnings)
    let slots = maps.programSlots(programs)
    for slot in slots.created { try slot.fill() }
    try PinningStep(maps.pins + plan.pins(of: object), filling: slots.shared).run()
    return object
  }

  /// Writes the structures of struct_ops interfaces that are attached by a link into their new maps.
  ///
  /// Writing the others would attach them. Returns these by map name, together with those that the kernel rejects as
  /// incomplete: attaching writes them later and then throws the error.
  private func fillOperations(
    _ maps: [String: MapHandle], _ operations: [String: OperationsLayout], _ programs: [String: Program]
  ) throws(BPFError) -> [String: [UInt8]] {
    var registrations: [String: [UInt8]] = [:]
    guard let types else { return registrations }
    for definition in self.maps {
      guard let layout = operations[definition.name], let map = maps[definition.name] else { continue }
      let value = try layout.value(definition, types, programs)
      if definition.flags.contains(.link), (try? map.update([0, 0, 0, 0], to: value)) != nil { continue }
      registrations[definition.name] = value
    }
    return registrations
  }

  // MARK: - Contents

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
