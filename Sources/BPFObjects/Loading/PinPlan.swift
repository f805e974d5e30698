//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFMaps
internal import BPFSyscall
internal import SystemPackage

/// The pin paths of an object's parts, checked before anything is created or changed.
///
/// Only reserves paths for maps that the object declares as pinned by name: `MapLoader` decides whether they are
/// shared.
struct PinPlan {
  /// The paths, by the names of programs and maps.
  private(set) var paths: [String: FilePath] = [:]

  /// The paths of pins to replace.
  private var replaced: Set<FilePath> = []

  private let policy: LoadOptions.ExistingPins

  /// Names of parts, by path.
  private var names: [FilePath: String] = [:]

  /// - Parameter policy: The policy for existing pins.
  init(existingPins policy: LoadOptions.ExistingPins) { self.policy = policy }

  /// Creates the plan for loading an object.
  ///
  /// - Parameter programs: The programs that will be loaded.
  init(
    _ file: ObjectFile, programs: some Sequence<ProgramDefinition>, _ options: LoadOptions
  ) throws(BPFError) {
    self.init(existingPins: options.existingPins)
    for map in file.maps where map.isCreated || map.existing != nil {
      if let path = map.sharedPinPath(options) { try reserve(path, for: map.name) }
    }
    guard options.pinsEverything else { return }
    for program in programs {
      try add(program.name, .program, in: options.pinDirectory)
    }
    for map in file.maps where map.isCreated || map.existing != nil {
      guard map.sharedPinPath(options) == nil else { continue }
      try add(map.name, .map, in: options.pinDirectory)
    }
  }

  /// Plans a pin of a part under its name. Dots become underscores, because bpffs does not accept dots.
  ///
  /// lstat(2); where a pin is replaced also `BPF_OBJ_GET` and readlink(2) in /proc.
  ///
  /// - Throws: `BPFError` if the path is taken by another part, by a pin that is not to be replaced, or by an object
  ///   of another kind.
  mutating func add(_ name: String, _ kind: BPFObjectKind, in directory: FilePath) throws(BPFError) {
    let path = directory.appending(String(name.map { $0 == "." ? "_" : $0 }))
    try reserve(path, for: name)
    paths[name] = path
    let pin = Pin(path, of: kind)
    guard pin.isTaken else { return }
    guard policy != .reuse else {
      throw pin.failure(
        .pin, .alreadyExists, "something is there already: choose to replace or migrate existing pins")
    }
    _ = try kind.open(pinnedAt: path)
    replaced.insert(path)
  }

  private mutating func reserve(_ path: FilePath, for name: String) throws(BPFError) {
    if let other = names[path] {
      throw BPFError(.pin, .alreadyExists, path: path, "'\(other)' and '\(name)' would both be pinned there")
    }
    names[path] = name
  }

  /// Returns the planned pin of a part, or nil.
  func pin(_ part: PendingPin.Part, named name: String) -> PendingPin? {
    paths[name].map { PendingPin(part, at: $0, replacesExisting: replaced.contains($0)) }
  }
}

extension MapDefinition {
  /// Returns the path of the shared pin that the object declares, or nil.
  func sharedPinPath(_ options: LoadOptions) -> FilePath? {
    guard existing == nil, pinning == .byName || pinPath != nil else { return nil }
    return pinPath ?? options.pinDirectory.appending(name)
  }
}
