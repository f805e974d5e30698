//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFMaps
internal import BPFSyscall
internal import BTF
internal import SystemPackage

/// The layout of a struct_ops interface in the running kernel.
struct OperationsLayout {
  /// The type of the map's value: the kernel's wrapper around the interface's structure.
  let valueTypeID: Int
  /// The size of the map's value.
  let byteCount: Int
  /// The interface's structure, in the kernel's types.
  let structure: BTFType
  /// The offset of the structure in the value.
  let dataOffset: Int

  /// Returns the layouts of all interfaces that the object implements, by map name.
  ///
  /// - Throws: `BPFError`; the errors of `KernelTypes.vmlinux()` if the object implements interfaces;
  ///   `BPFError.Code.unsupported` if this kernel lacks one.
  static func all(of file: ObjectFile) throws(BPFError) -> [String: OperationsLayout] {
    var layouts: [String: OperationsLayout] = [:]
    for map in file.maps where map.kind == .structOps && map.isCreated {
      guard let operations = map.operations else { continue }
      let kernel = try KernelTypes.needed(
        for: "the map '\(map.name)', which implements an interface of the kernel", KernelTypes.vmlinux)
      layouts[map.name] = try OperationsLayout(operations.kernelName, map.name, kernel)
    }
    return layouts
  }

  private init(_ name: String, _ map: String, _ kernel: BTFTypes) throws(BPFError) {
    guard let structure = kernel.find(.structure, named: name),
      let value = kernel.find(.structure, named: "bpf_struct_ops_" + name), let byteCount = value.byteCount,
      let data = value.members.first(where: { $0.type.id == structure.id })
    else {
      throw BPFError(
        .load, .unsupported, mapName: map,
        "this kernel has no interface 'struct \(name)' that programs can implement")
    }
    (valueTypeID, self.byteCount, self.structure, dataOffset) = (
      value.id, byteCount, structure, data.byteOffset
    )
  }

  /// Returns the index of a member in the kernel's structure.
  func memberIndex(_ name: String) -> Int? {
    Array(structure.members).firstIndex { $0.name == name }
  }

  /// Returns the map's value: the object's structure in the kernel's layout, with program descriptors for functions.
  func value(
    _ definition: MapDefinition, _ types: BTFTypes, _ programs: [String: Program]
  ) throws(BPFError) -> [UInt8] {
    var value = [UInt8](repeating: 0, count: byteCount)
    guard let operations = definition.operations, let ours = types[operations.typeID] else { return value }
    for member in ours.members {
      guard let size = member.type.byteCount, member.bitCount == nil else { continue }
      let source = definition.contents.dropFirst(member.byteOffset).prefix(size)
      let theirs = structure.members.first { $0.name == member.name }
      guard let theirs else {
        if source.allSatisfy({ $0 == 0 }), operations.programs[member.name] == nil { continue }
        throw BPFError(
          .load, .unsupported, mapName: definition.name,
          "this kernel's 'struct \(structure.name)' has no member '\(member.name)'")
      }
      let target = dataOffset + theirs.byteOffset
      guard target + size <= byteCount, theirs.type.byteCount == size else {
        throw BPFError(
          .load, .typeMismatch, mapName: definition.name,
          "the member '\(member.name)' has \(size) bytes, and the kernel's \(theirs.type.byteCount ?? 0)")
      }
      value.replaceSubrange(target..<target + source.count, with: source)
      guard let name = operations.programs[member.name], let program = programs[name] else { continue }
      let descriptor = UInt64(truncatingIfNeeded: program.descriptor.rawValue)
      unsafe withUnsafeBytes(of: descriptor) {
        value.replaceSubrange(target..<target + 8, with: unsafe Array($0))
      }
    }
    return value
  }
}

extension MapDefinition.Operations {
  /// Returns the members that a program implements, sorted by name.
  package func members(of program: String) -> [String] {
    programs.filter { $0.value == program }.keys.sorted()
  }

  /// The kernel's name of the interface.
  package var kernelName: String { typeName.withoutFlavor }
}
