//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFMaps
public import BPFSyscall

/// An object whose maps are in the kernel and whose programs are not yet: ``ObjectFile/prepare(_:)``.
///
/// Fill maps whose contents programs need from their first run, or that the verifier needs to know: it takes the values of
/// a frozen array that programs may only read as constants, and leaves out the code that they make unreachable.
///
/// ```swift
/// let prepared = try ObjectFile("filter.bpf.o").prepare()
/// let settings = try ArrayMap<UInt32>(prepared.map("settings"))
/// try settings.update(0, to: 443)
/// try settings.handle.freeze()
/// let object = try prepared.load()
/// ```
///
/// If it is released without a call of ``load()``, its maps are gone, except those that something else holds.
public struct PreparedObject: ~Copyable, Sendable {
  /// The blueprint that is being loaded.
  public let file: ObjectFile

  /// The maps that were created, opened by their pins, or given. Maps of maps already have their initial values;
  /// program arrays get theirs from ``load()``.
  public let maps: LoadedParts<MapHandle>

  private let definitions: [ProgramDefinition]
  private let options: LoadOptions
  private let types: ObjectTypes.Outcome
  private let plan: PinPlan
  private let kernel: KernelTypes
  private let operations: [String: OperationsLayout]
  private let externs: ResolvedExterns
  private let loadedMaps: MapLoader

  /// Creates the maps.
  init(
    _ file: ObjectFile, _ definitions: [ProgramDefinition], _ options: LoadOptions,
    _ types: ObjectTypes.Outcome, _ plan: PinPlan
  ) throws(BPFError) {
    let kernel = KernelTypes()
    let operations = try OperationsLayout.all(of: file)
    let externs = try ResolvedExterns(file, kernel, options)
    let loaded = try MapLoader.load(
      file, types.types, options, configuration: externs.configuration, operations: operations,
      exclusiveHashes: try file.exclusiveProgramHashes(kernel, externs, operations, options))
    (self.file, self.definitions, self.options, self.types, self.plan) = (
      file, definitions, options, types, plan
    )
    (self.kernel, self.operations, self.externs, loadedMaps) = (kernel, operations, externs, loaded)
    maps = LoadedParts(file.maps.compactMap { map in loaded.maps[map.name].map { (map.name, $0) } })
  }

  /// Returns the map with the given name, or throws `notFound`.
  ///
  /// - Parameter name: the name in the object.
  /// - Throws: `BPFError` with `BPFError.Code.notFound`, which lists the names of the object's maps.
  public func map(_ name: String) throws(BPFError) -> MapHandle {
    if let map = maps[name] { return map }
    throw BPFError(
      .open, .notFound, mapName: name,
      "no such map was created with the object '\(file.name)'; it has \(ObjectFile.list(maps.names))")
  }

  /// Loads the programs into the kernel, fills program arrays, and pins the parts that are to be pinned.
  ///
  /// If any step fails, everything is undone and existing pins stay, as for ``ObjectFile/load(_:)``.
  ///
  /// System calls: those of ``ObjectFile/load(_:)`` for programs and pins. Linux 4.14. Capabilities: `CAP_BPF`, and
  /// depending on the programs' types `CAP_PERFMON` or `CAP_NET_ADMIN`.
  ///
  /// - Returns: the object, with the same maps.
  /// - Throws: `BPFError`, as ``ObjectFile/load(_:)``.
  public consuming func load() throws(BPFError) -> Object {
    do throws(BPFError) {
      return try loadPrograms()
    } catch {
      throw types.explaining(error)
    }
  }

  private func loadPrograms() throws(BPFError) -> Object {
    var loader = try ProgramLoader(
      file, maps: loadedMaps.maps, externs: externs, types: types.types, kernel: kernel,
      operations: operations,
      options: options)
    var prepared: [ProgramLoader.Prepared] = []
    prepared.reserveCapacity(definitions.count)
    for definition in definitions { prepared.append(try loader.prepare(definition)) }
    var programs: [String: Program] = [:]
    programs.reserveCapacity(prepared.count)
    for program in prepared { try loader.verify(program) }
    for program in prepared { programs[program.definition.name] = try loader.open(program) }
    let registrations = try file.fillOperations(loadedMaps.created, operations, programs)
    let object = Object(
      file, maps: loadedMaps.maps, arenas: loadedMaps.arenas,
      pins: plan.paths.merging(loadedMaps.sharedPins) { planned, _ in planned }, programs: programs,
      registrations: registrations,
      warnings: file.contentWarnings(loading: definitions) + types.warnings + loadedMaps.warnings
        + loader.warnings)
    let slots = loadedMaps.programSlots(programs)
    for slot in slots.created { try slot.fill() }
    try PinningStep(loadedMaps.pins + plan.pins(of: object), filling: slots.shared).run()
    return object
  }
}
