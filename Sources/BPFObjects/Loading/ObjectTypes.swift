//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFSyscall
internal import BTF
internal import SystemPackage

/// The object's types as the kernel takes them.
///
/// What the compiler leaves open is filled in: where variables are, and that what the kernel defines is here to be seen.
/// Names and ids stay, so that lines and functions still find theirs.
struct ObjectTypes {
  private static let placeholder = "dummy_ksym"

  /// The types as bytes, in this machine's byte order.
  static func encoded(_ file: ObjectFile, _ types: BTFTypes) -> [UInt8] {
    var patch = BTFPatch(types)
    for section in file.code {
      for info in section.functionInfo {
        guard let index = section.function(at: info.instruction), let type = types[info.typeID] else {
          continue
        }
        // The verifier looks at hidden functions by their use, like at static ones.
        if section.functions[index].linkage == .hidden { patch.setLinkage(.static, of: type) }
      }
    }
    for layout in file.layouts {
      guard let section = types[layout.typeID] else { continue }
      if layout.name == ".ksyms" {
        replaceSymbols(layout, section, &patch)
      } else {
        let isConfiguration = layout.name == ".kconfig"
        for variable in layout.variables {
          if variable.isHidden { patch.setLinkage(.static, of: variable.variable) }
          if isConfiguration { patch.setLinkage(.global, of: variable.variable) }
        }
        patch.layOut(
          section, byteCount: layout.byteCount,
          layout.variables.map { ($0.variable.id, $0.byteOffset, $0.byteCount) })
      }
    }
    return patch.encoded
  }

  /// Makes variables of four bytes of what the kernel defines, since it takes no section of anything else.
  private static func replaceSymbols(_ layout: DataSectionLayout, _ section: BTFType, _ patch: inout BTFPatch)
  {
    let (placeholderID, integer) = patch.addIntegerVariable(placeholder)
    let parameterName = patch.addName(placeholder)
    var entries: [(id: Int, byteOffset: Int, byteCount: Int)] = []
    for (index, symbol) in layout.variables.enumerated() {
      var id = symbol.variable.id
      patch.setLinkage(.global, of: symbol.variable)
      if symbol.variable.kind == .function {
        id = placeholderID
        if let prototype = symbol.variable.target { patch.nameParameters(of: prototype, parameterName) }
      } else {
        patch.setTarget(integer, of: symbol.variable)
      }
      entries.append((id, 4 * index, 4))
    }
    patch.layOut(section, byteCount: 4 * entries.count, entries)
  }
}

// MARK: - Loading

/// An object's types in the kernel.
final class LoadedTypes: Sendable {
  private let descriptor: OwnedDescriptor
  /// Whether functions are among them, so that programs can say which of their instructions are which.
  let hasFunctions: Bool

  init(_ descriptor: consuming OwnedDescriptor, hasFunctions: Bool) {
    self.descriptor = descriptor
    self.hasFunctions = hasFunctions
  }

  /// The descriptor, good as long as somebody holds this.
  var borrowed: FileDescriptor { descriptor.borrowed }
}

extension ObjectTypes {
  /// Loads the object's types; nil if it has none, or the kernel has no types of maps and programs, and the object does
  /// without.
  ///
  /// A kernel that lacks kinds of types is given others in their place.
  static func load(_ file: ObjectFile, _ options: LoadOptions) throws(BPFError) -> LoadedTypes? {
    let kernel = options.kernel
    let isNeeded = file.maps.contains { $0.kind == .structOps && $0.isCreated }
    guard let types = file.types, isNeeded || !kernel.isKnownToLack(.types) else { return nil }
    let object = encoded(file, types)
    if let features = kernel.knownTypeFeatures, features != .all {
      return try load(object, for: features, options)
    }
    do throws(BPFError) {
      return LoadedTypes(
        try BTFHandle.loadWithoutHandle(object, token: options.token), hasFunctions: true)
    } catch {
      guard error.errno == .invalidArgument else { throw error }
      if kernel.lacks(.types) {
        guard isNeeded else { return nil }
        var error = error
        (error.code, error.explanation) = (.unsupported, KernelFeature.types.absence)
        throw error
      }
      let features = try kernel.typeFeatures()
      guard features != .all else { throw error }
      return try load(object, for: features, options)
    }
  }

  private static func load(
    _ object: [UInt8], for features: BTFFeatures, _ options: LoadOptions
  ) throws(BPFError) -> LoadedTypes {
    let types = try BTFTypes(object)
    var builder = BTFBuilder(copying: types)
    builder.sanitize(for: features)
    let descriptor = try BTFHandle.loadWithoutHandle(
      builder.encoded(keepingNamesOf: types), token: options.token)
    return LoadedTypes(descriptor, hasFunctions: features.contains(.functions))
  }
}
