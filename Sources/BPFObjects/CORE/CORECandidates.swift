//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFSyscall
internal import BTF

/// The types of the kernel that a type of the object may stand for: those of the same name and kind, flavours left out.
struct CORECandidates {
  private let local: BTFTypes
  private let target: BTFTypes
  private let modules: () throws(BPFError) -> [BTFTypes]

  /// The types with names that the object has too, found in one pass when first asked for.
  private var shared: [Layer]?
  private var sharedOfModules: [Layer]?

  /// What was found, by the id of the object's type.
  private var known: [Int: [BTFType]] = [:]

  /// One object's own types, without those of its base.
  private struct Layer {
    let types: BTFTypes
    let idsByEssentialName: [UInt64: [Int]]
  }

  init(local: BTFTypes, target: BTFTypes, modules: @escaping () throws(BPFError) -> [BTFTypes]) {
    (self.local, self.target, self.modules) = (local, target, modules)
  }

  /// The candidates for a type. Modules are looked into only for what the kernel itself does not have.
  mutating func candidates(for type: BTFType) throws(BPFError) -> [BTFType] {
    if let known = known[type.id] { return known }
    var found = candidates(for: type, in: layersOfKernel())
    if found.isEmpty { found = candidates(for: type, in: try layersOfModules()) }
    known[type.id] = found
    return found
  }

  private mutating func layersOfKernel() -> [Layer] {
    if let shared { return shared }
    let layers = layers(of: [target], without: [])
    shared = layers
    return layers
  }

  private mutating func layersOfModules() throws(BPFError) -> [Layer] {
    if let sharedOfModules { return sharedOfModules }
    let layers = layers(of: try modules(), without: layersOfKernel().map(\.types))
    sharedOfModules = layers
    return layers
  }

  /// Remembers which candidates had what was asked for: the others are another type that happens to have the name.
  mutating func keep(_ fitting: [BTFType], for type: BTFType) {
    known[type.id] = fitting
  }

  private func candidates(for type: BTFType, in layers: [Layer]) -> [BTFType] {
    guard let essence = local.essentialHash(of: type) else { return [] }
    let name = type.nameReference
    return layers.flatMap { layer in
      (layer.idsByEssentialName[essence] ?? []).compactMap { layer.types[$0] }
        .filter { $0.hasKind(of: type) && $0.nameReference.hasSameEssentialName(as: name) }
    }
  }

  private func layers(of objects: [BTFTypes], without done: [BTFTypes]) -> [Layer] {
    var done = done
    var layers: [Layer] = []
    for object in objects {
      var next: BTFTypes? = object
      while let types = next, !done.contains(where: { $0 === types }) {
        layers.append(Layer(types: types, idsByEssentialName: types.idsByEssentialName(sharedWith: local)))
        done.append(types)
        next = types.base
      }
    }
    return layers
  }
}
