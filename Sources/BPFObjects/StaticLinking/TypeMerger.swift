//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFSyscall
internal import BTF

/// Merges the types of several objects: equal ones become one.
///
/// Structures are equal if they have the same name, and members of the same names, offsets and equal types. Since structures
/// can refer to themselves, two of them are assumed to be equal until a difference is found.
struct TypeMerger {
  private(set) var builder = BTFBuilder()
  /// The ids of types that consist of a name, numbers, and ids of the linked object.
  private var known: [BTFDefinition: Int] = [:]
  /// The ids of structures and unions of the objects before.
  private var structures: [StructureKey: [Int]] = [:]
  /// The ids of functions and variables that are not static.
  private var globals: [String: Int] = [:]
  private var variables = SectionVariables()
  /// The properties of each map that is not static, as the first object declares it.
  private var maps: [String: [String: Int?]] = [:]

  /// The maximum number of pointers, arrays and the like between two structures.
  private static let deepest = 256

  /// What equal structures have in common at least.
  fileprivate struct StructureKey: Hashable {
    var kind: BTFKind
    var name: String
    var byteCount: Int
    var members: [String]
  }

  /// The types of one object while they are added.
  private struct Source {
    let input: LinkerInput
    let symbols: SymbolMerger
    /// The id in the linked object, by id.
    var ids: [Int?]
    /// Structures whose members still have the ids of the object.
    var open: [(id: Int, definition: BTFDefinition)] = []

    var types: BTFTypes { input.types }

    init(_ input: LinkerInput, _ symbols: SymbolMerger) {
      (self.input, self.symbols) = (input, symbols)
      ids = [Int?](repeating: nil, count: input.types.endID)
      ids[0] = 0
    }
  }

  /// Adds the types of an object.
  ///
  /// - Parameters:
  ///   - input: the object.
  ///   - symbols: the symbols up to this object.
  ///   - sections: the merged sections of its sections.
  /// - Returns: the id in the linked object, by id; nil for data sections.
  mutating func add(
    _ input: LinkerInput, _ symbols: SymbolMerger, _ sections: [SectionMerger.MergedSection?]
  ) throws(BPFError) -> [Int?] {
    var source = Source(input, symbols)
    for id in 1..<max(1, input.types.endID) where input.types[id]?.kind != .dataSection {
      _ = try merged(id, &source, depth: 0)
    }
    var next = 0
    while next < source.open.count {
      let (id, definition) = source.open[next]
      let complete = try referring(definition, &source, depth: 0)
      try builder.update(id) { $0 = complete }
      next += 1
    }
    for (id, definition) in source.open {
      structures[StructureKey(definition), default: []].append(id)
    }
    variables.add(input, sections, source.ids)
    try checkMaps(of: input)
    return source.ids
  }

  /// Throws if an object declares a map differently than one before.
  ///
  /// A property is a pointer: to an array whose length is the number, or to the type of keys or values.
  private mutating func checkMaps(of input: LinkerInput) throws(BPFError) {
    let declared = input.layouts.filter { $0.name == ".maps" }.flatMap(\.variables)
    for variable in declared where variable.linkage != .static {
      guard let structure = variable.variable.target?.unmodified else { continue }
      var properties: [String: Int?] = [:]
      for member in structure.members {
        properties[member.name] = .some(member.type.unmodified?.target?.byteCount)
      }
      guard let known = maps.updateValue(properties, forKey: variable.name), known != properties else {
        continue
      }
      let names = Set(known.keys).union(properties.keys).sorted().filter { known[$0] != properties[$0] }
      throw BPFError(
        .linkObjects, .typeMismatch,
        "the map '\(variable.name)' of '\(input.name)' differs from that of the objects before in "
          + names.joined(separator: ", "))
    }
  }

  /// Returns the encoded types, with a data section for each merged section.
  ///
  /// - Parameters:
  ///   - symbols: all symbols.
  ///   - byteCount: returns the size of a section; nil if the linked object has none of that name.
  ///   - strings: the beginning of the string section.
  func encoded(
    _ symbols: SymbolMerger, after strings: [UInt8], byteCount: (String) -> Int?
  ) throws(BPFError) -> [UInt8] {
    var builder = builder
    for (name, shape) in variables.sections(symbols, byteCount) { builder.add(name, shape) }
    return try builder.encoded(after: strings)
  }
}

// MARK: - Types

extension TypeMerger {
  /// Returns the id in the linked object of a type, which is added if it is new.
  private mutating func merged(_ id: Int, _ source: inout Source, depth: Int) throws(BPFError) -> Int {
    guard source.ids.indices.contains(id), let definition = source.types[id]?.definition else {
      if id == 0 { return 0 }
      throw .malformedObject("'\(source.input.name)' refers to type \(id), which does not exist")
    }
    if let merged = source.ids[id] { return merged }
    guard depth < TypeMerger.deepest else {
      throw .malformedObject(
        "'\(source.input.name)': type \(id) consists of more than \(TypeMerger.deepest) pointers, arrays and qualifiers"
      )
    }
    let merged: Int
    switch definition.shape {
    case .structure, .union:
      if let equal = equalStructure(id, definition, &source) { return equal }
      merged = builder.add(definition)
      source.open.append((merged, definition))
    case .function(_, let linkage) where linkage != .static,
      .variable(_, let linkage) where linkage != .static:
      merged = try global(id, definition, linkage, &source, depth: depth)
    case .function, .variable: merged = builder.add(try referring(definition, &source, depth: depth))
    case .dataSection:
      throw .malformedObject("'\(source.input.name)' refers to the data section '\(definition.name)'")
    default:
      let complete = try referring(definition, &source, depth: depth)
      merged = known[complete] ?? builder.add(complete)
      known[complete] = merged
    }
    source.ids[id] = merged
    return merged
  }

  /// Returns a definition with the ids of the linked object.
  private mutating func referring(
    _ definition: BTFDefinition, _ source: inout Source, depth: Int
  ) throws(BPFError) -> BTFDefinition {
    try definition.replacingReferences { (id) throws(BPFError) in
      try merged(id, &source, depth: depth + 1)
    }
  }

  /// Returns the id of a function or variable that several objects may declare and one defines.
  private mutating func global(
    _ id: Int, _ definition: BTFDefinition, _ linkage: BTFType.Linkage, _ source: inout Source, depth: Int
  ) throws(BPFError) -> Int {
    let complete = try referring(definition, &source, depth: depth)
    guard let known = globals[definition.name] else {
      let new = builder.add(complete)
      globals[definition.name] = new
      return new
    }
    try check(complete, builder[known], source.input)
    // A declaration or a replaced definition leaves the type as it is.
    if linkage == .global, source.symbols.definer(of: definition.name) == source.input.index {
      try builder.update(known) { $0 = complete }
    }
    return known
  }

  /// Throws if two objects declare something differently.
  private func check(
    _ one: BTFDefinition, _ other: BTFDefinition?, _ input: LinkerInput
  ) throws(BPFError) {
    guard let other else { return }
    let difference: String?
    switch (one.shape, other.shape) {
    case (.function(let one, _), .function(let other, _)):
      let counts = [one, other].map { parameterCount(of: $0) }
      difference = counts[0] == counts[1] ? nil : "\(counts[0]) parameters, not \(counts[1])"
    case (.variable(let one, _), .variable(let other, _)):
      let sizes = [one, other].map { byteCount(of: $0) }
      // A declared array may leave its length open.
      let isOpen = sizes.contains(0) || sizes.contains(nil)
      difference = sizes[0] == sizes[1] || isOpen ? nil : "\(sizes[0] ?? 0) bytes, not \(sizes[1] ?? 0)"
    default: difference = "another kind: \(one.shape.kind), not \(other.shape.kind)"
    }
    if let difference {
      throw BPFError(
        .linkObjects, .typeMismatch,
        "'\(one.name)' of '\(input.name)' differs from that of the objects before: it has \(difference)")
    }
  }

  private func parameterCount(of prototype: Int) -> Int {
    if case .functionPrototype(_, let parameters) = builder[prototype]?.shape { parameters.count } else { 0 }
  }

  /// Returns the size of a type; nil if it is not known yet.
  private func byteCount(of id: Int) -> Int? {
    var (id, count) = (id, 1)
    for _ in 0..<TypeMerger.deepest {
      switch builder[id]?.shape {
      case .int(let size, _), .structure(let size, _), .union(let size, _), .float(let size),
        .enumeration(let size, _, _), .enumeration64(let size, _, _):
        return count.multipliedReportingOverflow(by: size).partialValue
      case .pointer: return count.multipliedReportingOverflow(by: 8).partialValue
      case .typedef(let target), .const(let target), .volatile(let target), .restrict(let target),
        .typeTag(let target, _):
        id = target
      case .array(let element, _, let length):
        (id, count) = (element, count.multipliedReportingOverflow(by: length).partialValue)
      default: return nil
      }
    }
    return nil
  }
}

// MARK: - Structures

extension TypeMerger.StructureKey {
  fileprivate init(_ definition: BTFDefinition) {
    (kind, name) = (definition.shape.kind, definition.name)
    switch definition.shape {
    case .structure(let byteCount, let members), .union(let byteCount, let members):
      (self.byteCount, self.members) = (byteCount, members.map(\.name))
    default: (byteCount, members) = (0, [])
    }
  }
}

extension TypeMerger {
  /// Returns the id of an equal structure of the objects before, and keeps the ids of all that it refers to.
  private func equalStructure(_ id: Int, _ definition: BTFDefinition, _ source: inout Source) -> Int? {
    for candidate in structures[StructureKey(definition)] ?? [] {
      guard let equal = pairs(id, candidate, source) else { continue }
      for (id, other) in equal { source.ids[id] = other }
      return candidate
    }
    return nil
  }

  /// Returns the ids of the types that two types refer to, if they are equal throughout; nil otherwise.
  private func pairs(_ id: Int, _ candidate: Int, _ source: Source) -> [Int: Int]? {
    var assumed: [Int: Int] = [:]
    var open = [(id, candidate)]
    while let (id, other) = open.popLast() {
      if let same = source.ids.indices.contains(id) ? source.ids[id] ?? assumed[id] : nil {
        guard same == other else { return nil }
        continue
      }
      guard let one = source.types[id]?.definition, let two = builder[other], one.name == two.name else {
        return nil
      }
      // Functions and variables are merged by name, and data sections at last.
      switch one.shape.kind {
      case .function, .variable, .dataSection: return nil
      default: break
      }
      assumed[id] = other
      // Without their references, equal types are the same.
      var (references, others): ([Int], [Int]) = ([], [])
      let bare = one.replacingReferences {
        references.append($0)
        return 0
      }
      guard
        bare
          == two.replacingReferences({
            others.append($0)
            return 0
          })
      else { return nil }
      open += zip(references, others)
    }
    return assumed
  }
}
