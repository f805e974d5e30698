//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFMaps
public import BPFSyscall
public import SystemPackage

/// The maps or programs of a loaded object, in the file's order, with look-up by name in the object.
public struct LoadedParts<Part: Sendable>: RandomAccessCollection, Sendable {
  /// A part and its name in the object, which may be longer than the kernel's.
  public typealias Element = (name: String, value: Part)

  private let parts: [Element]
  private let indexByName: [String: Int]

  init(_ parts: [Element]) {
    self.parts = parts
    var indexByName = [String: Int](minimumCapacity: parts.count)
    for (index, part) in parts.enumerated() where indexByName[part.name] == nil {
      indexByName[part.name] = index
    }
    self.indexByName = indexByName
  }

  /// The index of the first part: 0.
  public var startIndex: Int { 0 }

  /// The index after the last part.
  public var endIndex: Int { parts.count }

  /// The part at an index, which must be in bounds.
  public subscript(position: Int) -> Element { parts[position] }

  /// The part with the given name, or nil. Takes constant time.
  public subscript(name: String) -> Part? { indexByName[name].map { parts[$0].value } }

  /// The names, in the order of the parts.
  public var names: [String] { parts.map(\.name) }
}

/// A compiled object in the kernel: its maps and its programs.
///
/// ```swift
/// let object = try ObjectFile("counter.bpf.o").load()
/// let hits = try HashMap<UInt32, UInt64>(object.maps["hits"]!)
/// ```
///
/// The kernel keeps maps and programs while this object, a reference to one of its parts, a pin, an attachment or
/// another program holds them.
public final class Object: Sendable {
  /// The object's name.
  public let name: String

  /// The maps that were created, opened by their pins, or given.
  public let maps: LoadedParts<MapHandle>

  /// The programs that were loaded.
  public let programs: LoadedParts<Program>

  /// The blueprint that was loaded.
  public let file: ObjectFile

  /// Features that the kernel rejected and that the object was loaded without: one sentence each, for people.
  ///
  /// For example, if the kernel rejects types (BTF), the object or map is loaded without them unless it requires
  /// them. Empty for most objects.
  public let warnings: [String]

  /// The memory of global variables and of arenas.
  let memories: VariableMemories

  /// The paths where loading pinned the object's programs and maps, or found shared maps pinned, by name.
  public let pins: [String: FilePath]

  /// The values that attaching writes into struct_ops maps, by name. Maps that already hold their value are excluded.
  /// The program descriptors in the values are those of ``programs``.
  package let registrations: [String: [UInt8]]

  init(
    _ file: ObjectFile, maps: [String: MapHandle], arenas: [String: VariableMemory],
    pins: [String: FilePath], programs: [String: Program], registrations: [String: [UInt8]],
    warnings: [String]
  ) {
    (name, self.file, self.pins) = (file.name, file, pins)
    self.warnings = warnings
    self.registrations = registrations
    self.maps = LoadedParts(file.maps.compactMap { map in maps[map.name].map { (map.name, $0) } })
    self.programs = LoadedParts(
      file.programs.compactMap { program in programs[program.name].map { (program.name, $0) } })
    memories = VariableMemories(arenas: arenas)
  }
}

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
  /// constants that it does not use. A rejection causes further calls, to probe for missing features and to get the
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
      self, types, options, configuration: externs.configuration, operations: operations)
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
}
