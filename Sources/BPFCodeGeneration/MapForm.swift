//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFMaps
internal import BPFObjects
internal import BTF

/// The Swift representation of an object's map.
struct MapForm {
  /// The name in the object.
  let name: String
  /// The accessor's type.
  let type: String
  /// Whether the accessor returns a typed map instead of a `MapHandle`.
  let isTyped: Bool

  init(_ map: MapDefinition, in file: ObjectFile, _ catalog: inout TypeCatalog) {
    name = map.name
    let key = MapForm.element(map.keyTypeID, map.keySize, "\(map.name)_key", file, &catalog)
    let value = MapForm.element(map.valueTypeID, map.valueSize, "\(map.name)_value", file, &catalog)
    let typed = MapForm.typed(
      map, key, value, address: [8: "BPF.IPv4Address", 20: "BPF.IPv6Address"][map.keySize])
    type = "BPF." + (typed ?? "MapHandle")
    isTyped = typed != nil
  }

  /// Returns the Swift name of a key or value type, or `nil` if the type is unknown or its size differs from the map's.
  private static func element(
    _ id: Int, _ size: Int, _ context: String, _ file: ObjectFile, _ catalog: inout TypeCatalog
  ) -> String? {
    guard id != 0, let type = file.types?[id], let form = catalog.form(of: type, in: context),
      form.size == size
    else { return nil }
    return form.name
  }

  /// The representation of a map that a kernel module declares, with the types of its declaration.
  init(_ map: MapDefinition, declaredAs declaration: KernelMap, in module: KernelModule) {
    name = map.name
    let (key, value) = declaration.elementTypes
    let typed = MapForm.typed(
      map, key.flatMap(module.accessibleText), value.flatMap(module.accessibleText),
      address: declaration.declaredType.arguments.first.flatMap(module.accessibleText))
    type = "BPF." + (typed ?? "MapHandle")
    isTyped = typed != nil
  }

  /// - Parameter address: the type of the addresses in the keys of an LPM trie.
  private static func typed(
    _ map: MapDefinition, _ key: String?, _ value: String?, address: String?
  ) -> String? {
    switch map.type.facts.swiftMap {
    case .keyAndValue(let name):
      guard let key, let value else { return nil }
      return "\(name)<\(key), \(value)>"
    case .key(let name): return key.map { "\(name)<\($0)>" }
    case .value(let name): return value.map { "\(name)<\($0)>" }
    case .prefixAndValue(let name):
      guard let value, let address else { return nil }
      return "\(name)<\(address), \(value)>"
    case .notGeneric(let name): return name
    case .none: return nil
    }
  }
}
