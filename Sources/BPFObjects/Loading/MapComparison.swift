//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFMaps
internal import BPFSyscall
internal import BTF
internal import SystemPackage

/// A comparison of an existing map with the object's definition.
struct MapComparison {
  /// The differences, each as a clause.
  private(set) var differences: [String]

  /// - Parameters:
  ///   - wanted: The shape of the map that the object would create on this kernel.
  ///   - map: The map that exists.
  init(
    _ wanted: CreatedMapShape, _ definition: MapDefinition, _ file: ObjectFile, with map: MapHandle
  ) throws(BPFError) {
    differences = CreatedMapShape(of: try map.info()).differences(from: wanted, "the object's")
    compareTypes(definition, file, map)
  }

  /// Compares the types of keys and values, where both are known.
  private mutating func compareTypes(_ definition: MapDefinition, _ file: ObjectFile, _ map: MapHandle) {
    // A struct_ops value has the kernel's type, not the object's.
    guard let types = file.types, definition.kind != .structOps, let elements = try? map.elementTypes() else {
      return
    }
    for (role, theirs, id) in [
      ("keys", elements.key, definition.keyTypeID), ("values", elements.value, definition.valueTypeID),
    ] {
      guard let theirs, id != 0, let ours = types[id] else { continue }
      if let difference = LayoutDifference.first(theirs, ours) {
        differences.append("its \(role) differ in type: \(difference)")
      }
    }
  }

  /// Throws an error that lists all differences, if there are any.
  func refuseDifferences(_ map: MapHandle, at path: FilePath?) throws(BPFError) {
    guard !differences.isEmpty else { return }
    throw BPFError(
      .load, .typeMismatch, mapName: map.name, mapID: map.id, path: path,
      "the map differs from the object's: \(differences.joined(separator: "; "))")
  }
}

/// A copy of a map's elements into another map.
struct Migration {
  private let source: MapHandle
  private let target: MapHandle

  init(from source: MapHandle, to target: MapHandle) { (self.source, self.target) = (source, target) }

  /// Copies all elements.
  func run() throws(BPFError) {
    guard source.keySize == target.keySize, source.valueStride == target.valueStride else {
      throw BPFError(
        .load, .typeMismatch, mapName: source.name, mapID: source.id,
        "its contents cannot be taken over: keys and values are of \(source.keySize) and \(source.valueSize) bytes, "
          + "and those of the object of \(target.keySize) and \(target.valueSize)")
    }
    // The records of ring and perf buffers belong to their readers.
    let facts = source.type.facts
    if facts.isRing || facts.valueObject == .perfEvent { return }
    if source.type.isPerCPU {
      for key in try source.keys() {
        guard let values = try source.lookupPerCPU(key) else { continue }
        try target.updatePerCPU(key, to: values)
      }
    } else {
      for (key, value) in try source.entries() { try copy(key, value) }
    }
  }

  /// Copies an element. For maps and programs, look-ups return ids but updates take descriptors.
  private func copy(_ key: [UInt8], _ value: [UInt8]) throws(BPFError) {
    switch source.type.facts.valueObject {
    case .program:
      try Program(id: ProgramID(rawValue: number(value))).withFileDescriptor { (program) throws(BPFError) in
        try target.update(key, to: [UInt8](number: program.rawValue))
      }
    case .map:
      try MapHandle(id: MapID(rawValue: number(value))).withFileDescriptor { (map) throws(BPFError) in
        try target.update(key, to: [UInt8](number: map.rawValue))
      }
    default: try target.update(key, to: value)
    }
  }

  /// Decodes a four-byte value in this machine's byte order.
  private func number(_ value: [UInt8]) -> UInt32 {
    UInt32(littleEndian: value.reversed().reduce(0) { $0 << 8 | UInt32($1) })
  }
}
