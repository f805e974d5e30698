//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFMaps
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
