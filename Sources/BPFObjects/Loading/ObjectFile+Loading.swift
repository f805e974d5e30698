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
    try prepare(options).load()
  }

  /// Creates the object's maps and loads its types, but not its programs.
  ///
  /// Fill the maps of the result before the verifier sees them, then call ``PreparedObject/load()``, which takes the
  /// remaining steps of ``load(_:)``. Nothing is pinned before.
  ///
  /// System calls: those of ``load(_:)`` for types and maps. Linux 4.14. Capabilities: `CAP_BPF`, for maps of devices
  /// and sockets `CAP_NET_ADMIN`.
  ///
  /// - Parameter options: the options for loading, such as the pin directory.
  /// - Throws: `BPFError`, as ``load(_:)`` for everything but the verifier's rejection of a program.
  public func prepare(_ options: LoadOptions = LoadOptions()) throws(BPFError) -> PreparedObject {
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
      return try PreparedObject(self, definitions, options, types, plan)
    } catch {
      throw types.explaining(error)
    }
  }

  /// Writes the structures of struct_ops interfaces that are attached by a link into their new maps.
  ///
  /// Writing the others would attach them. Returns these by map name, together with those that the kernel rejects as
  /// incomplete: attaching writes them later and then throws the error.
  func fillOperations(
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
